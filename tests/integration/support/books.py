# SPDX-License-Identifier: MIT
"""What the gateway wrote down: rows of its database, read as any other program would."""

import collections
import sqlite3

import psycopg
import psycopg.rows

from .programs import eventually


class Books:
    def __init__(self, gateway):
        self._storage = gateway.settings.get("storage", "sqlite")
        self._file = gateway.data_dir / "logos.db"

    def query(self, sql):
        if self._storage == "sqlite":
            link = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=20)
            link.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in link.execute(sql)]
            finally:
                link.close()
        with psycopg.connect(self._storage, row_factory=psycopg.rows.dict_row) as link:
            return link.execute(sql).fetchall()

    def execute(self, sql):
        """Changes what is written down, as no program should."""
        if self._storage == "sqlite":
            with sqlite3.connect(self._file, timeout=20) as link:
                link.execute(sql)
            return
        with psycopg.connect(self._storage) as link:
            link.execute(sql)

    def rows(self, request_id=None):
        where = f" where request_id = '{request_id}'" if request_id else ""
        return self.query(f"select * from log_entry{where} order by id")

    def row(self, request_id, seconds=1):
        """The row of a request, once it is there; the only one."""
        found = eventually(lambda: self.rows(request_id), seconds, f"the row of {request_id}")
        assert len(found) == 1, found
        return found[0]

    def count(self):
        return self.query("select count(*) as n from log_entry")[0]["n"]

    def by_id(self):
        """All rows by request id; none may be there twice."""
        counted = collections.Counter()
        rows = {}
        for row in self.rows():
            counted[row["request_id"]] += 1
            rows[row["request_id"]] = row
        twice = [i for i, n in counted.items() if n > 1]
        assert not twice, f"{len(twice)} requests have several rows: {twice[:3]}"
        return rows
