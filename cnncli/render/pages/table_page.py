"""A table as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cnncli.render.terminal.table import Column, Table, shown
from cnncli.visible import visible

HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 13.5px/1.45 system-ui, sans-serif; margin: 1rem }}
h1 {{ overflow-wrap: anywhere }}
/* What is wider than the window scrolls within it: names stay beside their numbers. */
.table {{ overflow: auto; max-height: 85vh; width: fit-content; max-width: 100% }}
table {{ border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums }}
th, td {{ padding: .2rem .4rem; text-align: left; vertical-align: top; white-space: pre }}
th {{ border-bottom: 2px solid currentColor; vertical-align: bottom; white-space: normal }}
tr {{ background: Canvas }}
tbody tr:nth-child(even) {{ background: color-mix(in srgb, CanvasText 7%, Canvas) }}
th, td:first-child {{ background: inherit; position: sticky }}
th {{ top: 0; z-index: 1 }}
td:first-child, th:first-child {{ left: 0 }}
th:first-child {{ z-index: 2 }}
@media print {{ .table {{ max-height: none; overflow: visible }} }}
.right {{ text-align: right }}
.folds {{ white-space: normal; min-width: 14em }}
p {{ margin: .2rem 0 }}
</style>
</head>
<body>
<h1>{title}</h1>
<div class="table"><table>
<thead>{head}</thead>
<tbody>
{body}
</tbody>
</table></div>
{footer}
</body>
</html>
"""


def page(table: Table, *, title: str) -> str:
    """Return a table as one HTML page that stands alone and loads nothing."""
    table, title = shown(table), visible(title)

    def line(cells: Sequence[str], tag: str) -> str:
        aligned = zip(cells, table.columns, strict=True)
        inner = "".join(
            f'<{tag} class="{_class(column)}">{escape(cell)}</{tag}>' for cell, column in aligned
        )
        return f"<tr>{inner}</tr>"

    head = line([column.header for column in table.columns], "th")
    body = "\n".join(line(row, "td") for row in table.rows)
    footer = "\n".join(f"<p>{escape(text)}</p>" for text in table.footer if text)
    return HTML.format(title=escape(title), head=head, body=body, footer=footer)


def _class(column: Column) -> str:
    return f"{column.align} folds" if column.folds else column.align
