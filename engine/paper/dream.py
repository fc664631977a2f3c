"""dream: pictures, each dreamed by itself.

In: a Job, its Run. Out: for each seed the start picture and its dream, or one dream for each layer.
Main thread.
"""

from engine.paper.film import Progress
from engine.paper.job import EACH, Job
from engine.paper.loop import Classic
from engine.paper.run import Run


def dream(job: Job, run: Run, progress: Progress) -> None:
    """Dream a picture of each seed; a file stands in the place of the first seed's picture."""
    seeds = list(dict.fromkeys(job.config["seeds"]))
    apart = job.config["layers"] == [EACH]
    tasks = [
        (place, layer)
        for place in range(len(seeds))
        for layer in (job.layers if apart else (None,))
    ]
    done, _ = run.state(len(tasks), {})
    progress(done, len(tasks))
    for number, (place, layer) in list(enumerate(tasks))[done:]:
        name, picture = job.start(seeds[place], use_file=place == 0)
        run.keep(name, picture)
        loop = job.loop(picture, [layer] if layer else None)
        made = loop.frame() if isinstance(loop, Classic) else loop.single()
        run.keep(f"dreamed_{name}_{layer}" if layer else f"dreamed_{name}", made)
        run.save(number + 1, {}, now=True)
        progress(number + 1, len(tasks))
