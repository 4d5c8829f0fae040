"""Charts of lines as SVG, without any library: a panel a title, all with the same series and one legend.

  write(path, panels, axes)

A panel is (title, {series: [(x, y), …]}); both axes are logarithmic where `axes` says so. Values that a logarithm does not have are
left out. The same figures give the same bytes.
"""
import math

WIDTH, HEIGHT, MARGIN, LEGEND = 300, 220, 48, 110
COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#666666", "#bb5500", "#000000", "#44bb99"]


class Axis:
    def __init__(self, label, logarithmic=False, marks=()):
        self.label, self.logarithmic, self.marks = label, logarithmic, marks

    def fit(self, values):
        """Of all panels or of one: from the least to the greatest value."""
        if self.logarithmic:
            values = [value for value in values if value > 0]
        self.low, self.high = self.scaled(min(values)), self.scaled(max(values))
        if self.low == self.high:
            self.low, self.high = self.low - 0.5, self.high + 0.5

    def scaled(self, value):
        return math.log10(value) if self.logarithmic else value

    def share(self, value):
        return (self.scaled(value) - self.low) / (self.high - self.low)

    def ticks(self):
        """(value, label) of the marks, or of a few round places."""
        if self.marks:
            return [(mark, f"{mark:g}") for mark in self.marks]
        if self.logarithmic and self.high - self.low > 1.5:
            powers = range(math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9) + 1)
            return [(10.0 ** power, f"{10.0 ** power:g}") for power in list(powers)[::max(1, len(powers) // 5)]]
        low, high = (10 ** self.low, 10 ** self.high) if self.logarithmic else (self.low, self.high)
        step = 10 ** math.floor(math.log10((high - low) / 2))
        step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 5)
        first = math.ceil(low / step - 1e-9)
        return [(step * i, f"{step * i:.6g}") for i in range(first, math.floor(high / step + 1e-9) + 1)
                if not self.logarithmic or i > 0]


def _text(x, y, words, anchor="middle", size=10):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def _panel(left, top, title, series, x_axis, y_axis, colours):
    right, bottom = left + WIDTH - MARGIN - 8, top + HEIGHT - MARGIN - 20
    out = [_text((left + right) / 2, top - 6, title, size=12),
           f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="none" stroke="#999999"/>',
           _text((left + right) / 2, bottom + 28, x_axis.label),
           f'<g transform="rotate(-90 {left - 36} {(top + bottom) / 2})">'
           f'{_text(left - 36, (top + bottom) / 2, y_axis.label)}</g>']
    for value, label in x_axis.ticks():
        x = left + (right - left) * x_axis.share(value)
        out += [f'<path d="M{x:.1f} {bottom}v4" stroke="#999999"/>', _text(x, bottom + 14, label, size=9)]
    for value, label in y_axis.ticks():
        y = bottom - (bottom - top) * y_axis.share(value)
        out += [f'<path d="M{left} {y:.1f}h-4" stroke="#999999"/>', _text(left - 6, y + 3, label, "end", 9)]
    for name, points in series.items():
        places = [(left + (right - left) * x_axis.share(x), bottom - (bottom - top) * y_axis.share(y)) for x, y in points
                  if not (x_axis.logarithmic and x <= 0) and not (y_axis.logarithmic and y <= 0)]
        lines = "\nL".join(f"{x:.1f} {y:.1f}" for x, y in places)
        if places:
            out.append(f'<path d="M{lines}" fill="none" stroke="{colours[name]}" stroke-width="1.5"/>')
    return out


def write(path, panels, axes, columns=3):
    """`axes`: the two as functions without arguments that make an Axis, so that each panel has its own range of y."""
    names = list(dict.fromkeys(name for _, series in panels for name in series))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    width, height = columns * WIDTH + LEGEND, rows * HEIGHT
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for place, (title, series) in enumerate(panels):
        x_axis, y_axis = axes[0](), axes[1]()
        x_axis.fit([x for points in series.values() for x, _ in points])
        y_axis.fit([y for points in series.values() for _, y in points])
        out += _panel(place % columns * WIDTH + MARGIN, place // columns * HEIGHT + 24, title, series, x_axis, y_axis, colours)
    for place, name in enumerate(names):
        y = 30 + 15 * place
        out += [f'<path d="M{width - LEGEND} {y}h16" stroke="{colours[name]}" stroke-width="2"/>',
                _text(width - LEGEND + 20, y + 3, name, "start")]
    path.write_text("\n".join(out + ["</svg>", ""]), encoding="utf-8")
