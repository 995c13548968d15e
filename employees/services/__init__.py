"""Every write to the roster. The upload page, the command line and the Django admin all come through here."""

from employees.services.committing import commit_import, finish_commit, request_commit
from employees.services.ending import ImportRefused, discard_import, purge_ended
from employees.services.exporting import record_export
from employees.services.forgetting import forget_as_manager, forget_lines
from employees.services.leaving import mark_left
from employees.services.noting import NotKept, forget_view, forget_views_about, remove_note, save_view, write_note
from employees.services.planning import plan_file, plan_import, receive_file, release_expired
from employees.services.reviewing import forget_alias, read_again, receive_the_rest, settle_place, settle_rows
from employees.services.undoing import undo_import, why_not_undo
from employees.services.writing import raise_roster_revision

__all__ = [
    "ImportRefused",
    "NotKept",
    "commit_import",
    "discard_import",
    "finish_commit",
    "forget_alias",
    "forget_as_manager",
    "forget_lines",
    "forget_view",
    "forget_views_about",
    "mark_left",
    "plan_file",
    "plan_import",
    "purge_ended",
    "raise_roster_revision",
    "read_again",
    "receive_file",
    "receive_the_rest",
    "record_export",
    "release_expired",
    "remove_note",
    "request_commit",
    "save_view",
    "settle_place",
    "settle_rows",
    "undo_import",
    "why_not_undo",
    "write_note",
]
