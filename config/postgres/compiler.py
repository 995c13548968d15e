"""Django's compilers behind the wall between organisations."""

from django.db.backends.postgresql import compiler as theirs

from config.compilers import Walled, WalledInsert, WalledTotals


class SQLCompiler(Walled, theirs.SQLCompiler):
    pass


class SQLInsertCompiler(WalledInsert, theirs.SQLInsertCompiler):
    pass


class SQLDeleteCompiler(Walled, theirs.SQLDeleteCompiler):
    pass


class SQLUpdateCompiler(Walled, theirs.SQLUpdateCompiler):
    pass


class SQLAggregateCompiler(WalledTotals, theirs.SQLAggregateCompiler):
    pass
