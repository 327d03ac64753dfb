# Float arithmetic on attributes: five bodies under gravity, leapfrog steps.
import sys


class Body:
    def __init__(self, mass, x, y, z, vx, vy, vz):
        self.mass = mass
        self.x = x
        self.y = y
        self.z = z
        self.vx = vx
        self.vy = vy
        self.vz = vz


def system():
    return [
        Body(1000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        Body(1.0, 10.0, 0.0, 0.5, 0.0, 10.0, 0.0),
        Body(2.0, 0.0, 20.0, -0.5, -7.0, 0.0, 0.1),
        Body(0.5, -30.0, 0.0, 1.0, 0.0, -5.5, 0.2),
        Body(3.0, 0.0, -40.0, -1.0, 5.0, 0.0, -0.1),
    ]


def energy(bodies):
    total = 0.0
    for i in range(len(bodies)):
        a = bodies[i]
        total += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
        for j in range(i + 1, len(bodies)):
            b = bodies[j]
            dx = a.x - b.x
            dy = a.y - b.y
            dz = a.z - b.z
            total -= a.mass * b.mass / (dx * dx + dy * dy + dz * dz) ** 0.5
    return total


def step(bodies, pairs, dt):
    for a, b in pairs:
        dx = a.x - b.x
        dy = a.y - b.y
        dz = a.z - b.z
        square = dx * dx + dy * dy + dz * dz
        force = dt / (square * square ** 0.5)
        pull = b.mass * force
        a.vx -= dx * pull
        a.vy -= dy * pull
        a.vz -= dz * pull
        pull = a.mass * force
        b.vx += dx * pull
        b.vy += dy * pull
        b.vz += dz * pull
    for body in bodies:
        body.x += dt * body.vx
        body.y += dt * body.vy
        body.z += dt * body.vz


N = int(sys.argv[1]) if len(sys.argv) > 1 else 80000
bodies = system()
pairs = [(bodies[i], bodies[j]) for i in range(5) for j in range(i + 1, 5)]
for _ in range(N):
    step(bodies, pairs, 0.0005)
print("nbody %.9f" % energy(bodies))
