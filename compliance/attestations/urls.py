from django.urls import path, re_path

from compliance.attestations.views import door, helping, page, person, receipts, subjects

urlpatterns = [
    path("l/<path:token>", door.enter, name="link-enter"),
    path("p/<uuid:public_id>/", page.page, name="link-page"),
    path("p/<uuid:public_id>/region/", page.region, name="link-region"),
    path("p/<uuid:public_id>/thanks/", page.thanks, name="link-thanks"),
    path("p/<uuid:public_id>/receipt.txt", page.receipt, name="link-receipt"),
    path("p/<uuid:public_id>/receipt/", page.receipt_mail, name="link-receipt-mail"),
    path("p/<uuid:public_id>/leave/", page.leave, name="link-leave"),
    path("p/<uuid:public_id>/confirm/", page.confirm_address, name="link-confirm"),
    path("new-link/", page.ask_new_link, name="link-new"),
    path("receipt/", receipts.check, name="receipt-check"),
]

workplace_patterns = [
    path("people/<int:pk>/", person.person, name="person"),
    path("people/<int:pk>/note/", person.write, name="person-note"),
    path("people/notes/<int:pk>/remove/", person.remove, name="note-remove"),
    path("people/<int:pk>/erase/", subjects.erase, name="person-erase"),
    path("people/<int:pk>/data/", subjects.export, name="person-export"),
    path("help/", helping.queue, name="help"),
    path("help/templates/", helping.templates, name="help-templates"),
    path("help/<int:pk>/", helping.one, name="help-request"),
    re_path(r"^help/(?P<pk>\d+)/(?P<what>take|assign|close|reopen)/$", helping.act, name="help-act"),
]
