"""``ranking.json`` of a checkpoint: how much each voice counts in a ranking.

It stands beside the weights and is no part of the fingerprint: galleries do not depend on it.
"""

from __future__ import annotations

import json
from pathlib import Path

from autocompose.config import RankingConfig, from_json, read_json, to_json
from autocompose.data.files import write_whole
from autocompose.errors import CheckpointError, ConfigError

RANKING_FILE = "ranking.json"


def read_ranking(folder: Path) -> RankingConfig:
    """The weights of a checkpoint's voices; those of the demo where it names none.

    Raises:
        CheckpointError: the file is not one of such weights.
    """
    path = Path(folder) / RANKING_FILE
    if not path.is_file():
        return RankingConfig()
    try:
        return read_json(RankingConfig, path)
    except (ConfigError, TypeError, RecursionError) as error:
        raise CheckpointError(
            f'{RANKING_FILE} of "{Path(folder).name}" cannot be used ({error}); remove the file to '
            "rank with the usual weights"
        ) from error


def write_ranking(folder: Path, ranking: RankingConfig) -> None:
    """Keep the weights of the voices beside a checkpoint, whole or not at all."""
    from_json(RankingConfig, to_json(ranking))
    write_whole(Path(folder) / RANKING_FILE, json.dumps(to_json(ranking), indent=2) + "\n")
