"""The standing checks, what is told of them, and the copies of what was given up: one look at all documents for all.

What goes wrong in telling or copying is logged and tried again at the next tick; the pipeline does not wait for it.
"""

import time
from typing import Final

import dagster as dg

from ocr_assets.binding import bound, needs
from ocr_assets.catalog import Catalog
from ocr_assets.checks import Overview, evaluations
from ocr_assets.core.causes import Cause, causes_of
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.stages import STAGES
from ocr_assets.errors import OcrAssetsError
from ocr_assets.run_tags import bury_dead_runs
from ocr_assets.settings import Settings
from resources.blobs import Blobs
from resources.disk_room import too_little_room
from resources.lake import Lake
from resources.mail import Mail
from resources.quarantine import Quarantine
from resources.webhook import Webhook
from sensors.alerts import Memory, failed_runs, tell
from sensors.quarantined import keep_copies

INTERVAL: Final = 120


def checks_and_alerts_sensor(settings: Settings, collection: Collection = DEFAULT) -> dg.SensorDefinition:
    """The sensor with these limits."""
    title = f"OCR Assets, {collection.name}" if collection.name else "OCR Assets"

    def checks_and_alerts(
        context: dg.SensorEvaluationContext,
        lake: Lake,
        blobs: Blobs,
        quarantine: Quarantine,
        mail: Mail,
        webhook: Webhook,
    ) -> dg.SensorResult:
        now, catalog = time.time(), Catalog(context.instance, collection)
        memory = Memory.read(context.cursor)
        bury_dead_runs(catalog)
        seen = Overview.load(catalog, lake, settings)
        causes = causes_of(seen.states, seen.overdue, settings.overdue_hours) + failed_runs(catalog, now)
        if scarce := too_little_room((settings.root, context.instance.root_directory), settings.free_mb):
            causes.append(Cause("disk", scarce, len(seen.states), ()))
        try:
            keep_copies(lake, blobs, quarantine, seen.states, context.log)
        except (OcrAssetsError, OSError) as error:
            context.log.warning(f"copies of what was given up are not complete: {error}")
        tell(causes, {"mail": mail, "webhook": webhook}, memory, now, context.log, title)
        found = evaluations(seen)
        wrong = [evaluation.check_name for evaluation in found if not evaluation.passed]
        return dg.SensorResult(
            asset_events=found,
            cursor=memory.written(),
            skip_reason=f"{len(seen.states)} documents; not passed: {', '.join(wrong) or 'none'}",
        )

    return dg.sensor(
        name=collection.named("checks_and_alerts"),
        target=[dg.AssetKey(collection.path(stage)) for stage in STAGES],
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Evaluates the standing checks, tells of each new cause of trouble, copies what was given up.",
        required_resource_keys=needs(checks_and_alerts, collection),
    )(bound(checks_and_alerts, collection))
