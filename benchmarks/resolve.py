"""The rule engine over a whole roster, against a bare dictionary look-up over the same rows."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# Django's apps must be set up before these.
