"""Where everything is put together: Django's settings, the addresses, the WSGI application."""
