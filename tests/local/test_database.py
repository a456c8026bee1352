"""The gateway's database: what folders of an older gateway hold."""

import sqlite3

from stationthis_sdk.local.database import Database
from stationthis_sdk.local.rows.runs import Output


async def test_a_column_of_json_that_has_come_since_is_none_in_older_rows(tmp_path):
    """It reads as nothing, not as a fault."""
    path = tmp_path / "gateway.sqlite"
    database = Database(path)
    await database.open()
    await database.do(
        lambda tables: tables.add(Output(run_id="run", data={"text": ["a"]}, node_meta={"a": 1}))
    )
    await database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE outputs DROP COLUMN node_meta")
    connection.close()
    database = Database(path)
    await database.open()
    (output,) = await database.do(lambda tables: tables.find(Output))
    await database.close()
    assert (output.data, output.node_meta) == ({"text": ["a"]}, None)
