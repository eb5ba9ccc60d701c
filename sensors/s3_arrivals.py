"""Arrivals: files that appear in the watched sources become partitions and runs.

What was seen already is told by the lake's table of arrivals, version by version, so that a rewritten file and two
files of the same second are not lost, and no cursor can be. A listing that fails raises: it is not an empty bucket.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import dagster as dg

from ocr_assets.arrivals import Arrival, note_arrivals, noted_versions, register, sort_out
from ocr_assets.core.continuation import plan_launches
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import TransientFault
from ocr_assets.partitions import BATCH_SIZE
from ocr_assets.pipeline_state import registered
from ocr_assets.settings import Settings
from resources.lake import Lake
from resources.sources import SeenFile, Sources
from sensors.unfinished_documents import run_request

FILES_A_TICK: Final = 500
BYTES_A_TICK: Final = 1 << 30
"""Together they keep a tick within its minute where S3 has no checksums, so that files are read to be identified."""


def changes(listed: Iterable[SeenFile], noted: Collection[tuple[str, str]]) -> list[SeenFile]:
    """Files that are new or were rewritten: not among `noted` (URI and version). In order of their names, each once."""
    by_uri = {file.uri: file for file in listed}
    return [file for uri, file in sorted(by_uri.items()) if (uri, file.version) not in noted]


def portion(files: Sequence[SeenFile], most_files: int, most_bytes: int) -> Sequence[SeenFile]:
    """The first of these files that one tick takes: within both limits, and at least one."""
    size = 0
    for number, file in enumerate(files):
        size += file.bytes
        if number == most_files or (number and size > most_bytes):
            return files[:number]
    return files


def arrivals_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor over the configured sources."""
    places = [place.strip() for place in settings.sources.split(",") if place.strip()]

    @dg.sensor(
        name="s3_arrivals",
        target=[dg.AssetKey(stage) for stage in STAGES],
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=f"Watches {', '.join(places) or 'nothing: set OCR_ASSETS_SOURCES'} for new and changed documents.",
    )
    def s3_arrivals(context: dg.SensorEvaluationContext, lake: Lake, sources: Sources) -> dg.SensorResult:
        if not places:
            return dg.SensorResult(skip_reason="no source is configured; set OCR_ASSETS_SOURCES=s3://bucket/prefix")
        listed = [file for place in places for file in sources.list(place)]
        changed = changes(listed, noted_versions(lake))
        taken = portion(changed, FILES_A_TICK, BYTES_A_TICK)
        arrivals = identified(context, sources, taken)
        arrived = sort_out(context.instance, lake, [arrival.document for arrival in arrivals])
        # Registered first: a tick that is killed in between finds the file changed again, and notes it then.
        register(context.instance, arrived.new)
        note_arrivals(lake, arrivals)

        launches = plan_launches(registered(context.instance), dict.fromkeys(arrived.new, STAGES[0]), BATCH_SIZE)
        context.log.info(
            f"{len(listed)} files listed: {len(arrived.new)} documents are new, {len(arrived.known)} known, "
            f"{len(arrived.forgotten)} forgotten before, {len(changed) - len(arrivals)} files left for the next tick"
        )
        if not launches:
            return dg.SensorResult(skip_reason=f"no new document among {len(listed)} files")
        return dg.SensorResult(run_requests=[run_request(launch) for launch in launches])

    return s3_arrivals


def identified(context: dg.SensorEvaluationContext, sources: Sources, files: Iterable[SeenFile]) -> list[Arrival]:
    """The files with their documents. One that cannot be read now keeps no other from arriving: the next tick tries."""
    arrivals: list[Arrival] = []
    for file in files:
        try:
            arrivals.append(Arrival(sources.identify(file), file))
        except TransientFault as fault:
            context.log.warning(str(fault))
    return arrivals
