# A call with wrong arguments, uncaught.
class Point:
    def __init__(self, x, y=0):
        self.x = x
        self.y = y
print(Point(1).y, Point(1, 2).y)
def make(*values):
    return Point(*values)
make(1, 2, 3)
