// A run loop in miniature for the self-test of scripts/check-release-binary: specialised and free of Swift's reference
// counting as it stands; with -D PLANT_RETAIN it allocates, retains and releases.

public protocol Regime {
    static func take(_ value: Int) -> Int
}

public enum GIL: Regime {
    public static func take(_ value: Int) -> Int { value &+ 1 }
}

public enum Wrapped<Base: Regime>: Regime {
    public static func take(_ value: Int) -> Int { Base.take(value) &+ 2 }
}

public final class Box {
    public var value = 0
}

@inline(never) func read(_ box: Box) -> Int { box.value }

public struct Interpreter<R: Regime> {
    let registers: UnsafeMutablePointer<Int>
    #if PLANT_RETAIN
    let box = Box()
    #endif

    @inline(never)
    func run(_ count: Int) -> Int {
        var sum = 0
        for index in 0..<count {
            sum = R.take(sum) &* registers[index]
            #if PLANT_RETAIN
            var boxes = [box]
            boxes.append(Box())
            sum &+= read(boxes[sum & 1])
            #endif
        }
        return sum
    }
}

public func entry(_ count: Int) -> Int {
    count > 9
        ? Interpreter<GIL>(registers: .allocate(capacity: count)).run(count)
        : Interpreter<Wrapped<GIL>>(registers: .allocate(capacity: count)).run(count)
}
