# Richards-like: an operating system simulated with classes, queues of packets and virtual methods.
import sys

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 0, 1, 2, 3, 4, 5


class Packet:
    def __init__(self, kind, owner):
        self.kind = kind
        self.owner = owner
        self.value = 0
        self.data = [0, 0, 0, 0]
        self.next = None


class Queue:
    def __init__(self):
        self.head = None
        self.tail = None
        self.length = 0

    def put(self, packet):
        packet.next = None
        if self.head is None:
            self.head = packet
        else:
            self.tail.next = packet
        self.tail = packet
        self.length += 1

    def get(self):
        packet = self.head
        if packet is not None:
            self.head = packet.next
            packet.next = None
            self.length -= 1
        return packet


class Task:
    def __init__(self, kernel, number, priority):
        self.kernel = kernel
        self.number = number
        self.priority = priority
        self.inbox = Queue()
        self.held = False
        self.runs = 0

    def ready(self):
        return not self.held and self.inbox.head is not None

    def run(self):
        self.runs += 1
        self.step(self.inbox.get())

    def step(self, packet):
        raise NotImplementedError


class Idle(Task):
    def __init__(self, kernel, budget):
        super().__init__(kernel, IDLE, 0)
        self.budget = budget
        self.control = 1

    def ready(self):
        return self.budget > 0

    def step(self, packet):
        self.budget -= 1
        if self.control & 1:
            self.control = (self.control >> 1) ^ 0xD008
            self.kernel.tasks[DEVICE_A].held = False
        else:
            self.control = self.control >> 1
            self.kernel.tasks[DEVICE_B].held = False


class Worker(Task):
    def __init__(self, kernel):
        super().__init__(kernel, WORKER, 1000)
        self.target = HANDLER_A
        self.letter = 0

    def step(self, packet):
        self.target = HANDLER_B if self.target == HANDLER_A else HANDLER_A
        packet.value = 0
        data = packet.data
        for i in range(4):
            self.letter = self.letter % 26 + 1
            data[i] = 64 + self.letter
        self.kernel.send(self.target, packet)


class Handler(Task):
    def __init__(self, kernel, number, device):
        super().__init__(kernel, number, 2000 + number)
        self.device = device
        self.backlog = Queue()

    def step(self, packet):
        if packet.kind == "work":
            if packet.value < 4:
                request = self.kernel.device_packets[self.device].get()
                if request is None:
                    self.backlog.put(packet)
                    self.kernel.waiting += 1
                    return
                request.value = packet.data[packet.value]
                packet.value += 1
                self.inbox.put(packet)
                self.kernel.send(self.device, request)
            else:
                self.kernel.send(WORKER, packet)
        else:
            self.kernel.device_packets[self.device].put(packet)
            if self.backlog.head is not None:
                self.inbox.put(self.backlog.get())


class Device(Task):
    def __init__(self, kernel, number, handler):
        super().__init__(kernel, number, 4000 + number)
        self.handler = handler
        self.total = 0

    def step(self, packet):
        self.total += packet.value
        self.held = True
        self.kernel.send(self.handler, packet)


class Kernel:
    def __init__(self, budget):
        self.sent = 0
        self.waiting = 0
        self.tasks = [Idle(self, budget), Worker(self), Handler(self, HANDLER_A, DEVICE_A),
                      Handler(self, HANDLER_B, DEVICE_B), Device(self, DEVICE_A, HANDLER_A),
                      Device(self, DEVICE_B, HANDLER_B)]
        self.order = sorted(self.tasks, key=lambda task: -task.priority)
        self.device_packets = {DEVICE_A: Queue(), DEVICE_B: Queue()}
        for device in (DEVICE_A, DEVICE_B):
            for _ in range(3):
                self.device_packets[device].put(Packet("device", device))
        for _ in range(2):
            self.tasks[WORKER].inbox.put(Packet("work", WORKER))

    def send(self, number, packet):
        self.sent += 1
        self.tasks[number].inbox.put(packet)

    def schedule(self):
        while True:
            for task in self.order:
                if task.ready():
                    task.run()
                    break
            else:
                return


N = int(sys.argv[1]) if len(sys.argv) > 1 else 60000
kernel = Kernel(N)
kernel.schedule()
print("scheduler", kernel.sent, kernel.waiting, [task.runs for task in kernel.tasks],
      kernel.tasks[DEVICE_A].total + kernel.tasks[DEVICE_B].total)
