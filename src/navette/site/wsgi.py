"""The console as a WSGI application, for gunicorn."""

from django.core.wsgi import get_wsgi_application

from navette.site.start import start_django

start_django()
application = get_wsgi_application()
