"""What a report on a run says, as plain data; `render.pages.report_page` draws it."""
