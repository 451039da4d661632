"""A program that uses the engines of the instance given: says where they are, works and leaves when told."""

import json
import signal
import sys
from pathlib import Path

import psycopg
import redis

from config.embedded import engines
from config.settings import load_settings


def main(instance: Path) -> None:
    # A shell that starts the tests in the background has everything below it ignore the signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with engines(load_settings({"FUND_INSTANCE": str(instance)})) as urls:
        print(json.dumps([urls.database_url, urls.redis_url]), flush=True)  # noqa: T201 - its way to the test
        for line in sys.stdin:
            if line.strip() == "leave":
                break
            with psycopg.connect(urls.database_url.replace("+psycopg", "")) as connection:
                result = connection.execute(line.encode())
                print(json.dumps(result.fetchone() if result.description else []), flush=True)  # noqa: T201 - as above
            redis.Redis.from_url(urls.redis_url).ping()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
