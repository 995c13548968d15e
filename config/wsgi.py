import os
import sys

from django.core.wsgi import get_wsgi_application

# So long, in seconds, a thread that comes back from the database or a socket waits for each of the others at most.
# Python's own 5 ms add up: measured, pages that make several such stops came at half the rate.
sys.setswitchinterval(0.001)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
