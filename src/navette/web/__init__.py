"""The console: pages for administrators, rendered on the server, with htmx where that helps."""
