"""Labels of points in a figure, none of which lies on another one, or on the mark of a point."""
import itertools
import math

FONT, MARK = 6, 5  # points: size of the letters; half a side of the square that a mark takes
ADVANCE, HEIGHT, GAP, ABOVE = 0.62 * FONT, 1.3 * FONT, 5, 3  # of a letter; of a line; from a point to the side and to the lower edge of a label beside it

LEADER = {"arrowstyle": "-", "linewidth": 0.3, "color": "tab:gray", "shrinkA": 0, "shrinkB": 3}  # the line from a label to its point


def overlap(a, b):
    """Of boxes (left, bottom, right, top)."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def places(text, up_first, right_first):
    """Offsets in points from a point to the lower left corner of its label: beside it, then farther and farther up, down and to the sides."""
    width = ADVANCE * len(text)
    for distance in range(0, 200, 4):
        for up, right in itertools.product((up_first, not up_first), (right_first, not right_first)):
            yield GAP + distance / 4 if right else -GAP - distance / 4 - width, ABOVE + distance if up else -HEIGHT - ABOVE - distance


def box(text, spot, offset):
    """Of a label (left, bottom, right, top)."""
    left, bottom = spot[0] + offset[0], spot[1] + offset[1]
    return left, bottom, left + ADVANCE * len(text), bottom + HEIGHT


def place(labels, frame):
    """The offset of each label; `labels` are pairs of a text and the place of its point, and `frame` is the box that they are in. A label stands on the side of
    its point that is away from the nearest other one, if there is room."""
    spots = [spot for _, spot in labels]
    taken = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in spots]
    offsets = {}
    for number, (text, spot) in sorted(enumerate(labels), key=lambda each: each[1][1]):
        near = min((other for other in spots if other is not spot), key=lambda other: math.dist(other, spot), default=(-math.inf, -math.inf))

        def fits(offset):
            left, bottom, right, top = box(text, spot, offset)
            inside = frame[0] < left and frame[1] < bottom and right < frame[2] and top < frame[3]
            return inside and not any(overlap((left, bottom, right, top), other) for other in taken)

        offsets[number] = next(filter(fits, places(text, spot[1] >= near[1], spot[0] >= near[0])), (GAP, ABOVE))
        taken.append(box(text, spot, offsets[number]))
    return [offsets[number] for number in range(len(labels))]


def add_labels(axes, points):
    """`points` are (text, x, y) in data coordinates. Axes and layout are final. A label that is not beside its point has a line to it."""
    scale = 72 / axes.figure.dpi
    labels = [(text, tuple(axes.transData.transform((x, y)) * scale)) for text, x, y in points]
    for (text, x, y), offset in zip(points, place(labels, axes.bbox.extents * scale)):
        beside = -HEIGHT - ABOVE <= offset[1] <= ABOVE
        axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", fontsize=FONT, va="bottom",
                      arrowprops=None if beside else LEADER).set_in_layout(False)
