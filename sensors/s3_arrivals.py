"""Arrivals: files that appear in the watched sources become partitions and runs.

What was seen already is told by the lake's table of arrivals, version by version, so that a rewritten file and two
files of the same second are not lost, and no cursor can be. A listing that fails raises: it is not an empty bucket.
"""

from collections.abc import Mapping
from typing import Final

import dagster as dg

from ocr_assets.arrivals import Arrival, note_arrivals, noted_versions, register, sort_out
from ocr_assets.core.continuation import plan_launches
from ocr_assets.core.stages import STAGES
from ocr_assets.partitions import BATCH_SIZE
from ocr_assets.pipeline_state import registered
from ocr_assets.settings import Settings
from resources.lake import Lake
from resources.sources import SeenFile, Sources
from sensors.unfinished_documents import run_request

FILES_A_TICK: Final = 500


def changes(listed: Mapping[str, SeenFile], known: Mapping[str, str]) -> list[SeenFile]:
    """Files that are new or were rewritten since `known` (URI to version), in order of their names."""
    return [file for uri, file in sorted(listed.items()) if known.get(uri) != file.version]


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
        listed = {file.uri: file for place in places for file in sources.list(place)}
        changed = changes(listed, noted_versions(lake))
        taken = changed[:FILES_A_TICK]
        arrivals = [Arrival(sources.identify(file), file) for file in taken]
        arrived = sort_out(context.instance, lake, [arrival.document for arrival in arrivals])
        note_arrivals(lake, arrivals)
        register(context.instance, arrived.new)

        launches = plan_launches(registered(context.instance), dict.fromkeys(arrived.new, STAGES[0]), BATCH_SIZE)
        context.log.info(
            f"{len(listed)} files listed: {len(arrived.new)} documents are new, {len(arrived.known)} known, "
            f"{len(arrived.forgotten)} forgotten before, {len(changed) - len(taken)} files left for the next tick"
        )
        if not launches:
            return dg.SensorResult(skip_reason=f"no new document among {len(listed)} files")
        return dg.SensorResult(run_requests=[run_request(launch) for launch in launches])

    return s3_arrivals
