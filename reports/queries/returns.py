"""Mails that had come back by an instant, whatever became of them since."""

from datetime import datetime

from django.db.models import Q

from compliance.campaigns.models import BounceEvent, Campaign
from compliance.campaigns.rules.bounces import FAILED


def returned_by(campaign: Campaign, as_of: datetime) -> Q:
    """Of the campaign's messages: those that had come back by `as_of` and had not been put in line again by then.

    Sending a mail again lets its row forget that it came back; the reports about it do not.
    """
    since = BounceEvent.objects.filter(
        message__campaign=campaign, kind__in=FAILED, applied=True, created_at__lte=as_of, sent_again_at__gt=as_of
    ).order_by()
    return Q(bounced_at__lte=as_of) | Q(pk__in=since.values("message"))
