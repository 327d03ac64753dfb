# An expression over several lines.
def total(items):
    return sum(
        [
            price * count
            for price, count
            in items
        ]
    )
print(total([(1, 2), (3, 4)]))
result = total(
    [
        (1, 2),
        (None, 1.5),
    ]
)
