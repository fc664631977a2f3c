"""What the numbers of the paper's commands mean: of a step, of a way, of a style."""

import sys

import numpy as np
import pytest
from PIL import Image
from quick import Stop

from engine.dream import start
from engine.paper import command, interp, job, style
from engine.parameters import Store

DEVIATION = (0.229 + 0.224 + 0.225) / 3  # of ImageNet's pictures in [0, 1], as Porres 2021 counts
SMALL = {"size": "64", "layers": "from_rgb", "iterations": "1"}
LAYERS = "from_rgb", "b128_conv0"


@pytest.fixture
def styled(tmp_path, configured):
    """Return styled(...): the settings of a style of two small pictures."""
    for name, seed in (("content", 0), ("look", 1)):
        Image.fromarray(start.perlin((48, 32), seed)).save(tmp_path / f"{name}.png")

    def make(**changes):
        words = {"content": str(tmp_path / "content.png"), "style": str(tmp_path / "look.png")}
        words |= {"size": "48x32", "iterations": "3", "png": True, "content_layer": LAYERS[1]}
        return configured("style", **words | {"style_layers": ",".join(LAYERS)} | changes)

    return make


def finished(config):
    """Return the run folder of a command that was run to its end."""
    run, made = command.begin(config, set())
    command.go(run, made, lambda done, total: None)
    return run.folder


def after(config, steps):
    """Return the state that a run leaves that stops after so many steps."""
    run, made = command.begin(config, set())

    def progress(done, total):
        if done == steps:
            raise Stop

    with pytest.raises(Stop):
        command.go(run, made, progress)
    with np.load(run.folder / "unfinished.npz") as file:
        return dict(file)


def white(left, right):
    """Return a picture whose halves are so bright."""
    return np.repeat(np.uint8([[[left]] * 8 + [[right]] * 8] * 16), 3, axis=2)


@pytest.mark.parametrize("octaves", [1, 4])
def test_a_step_moves_by_lr_deviations_and_octaves_add_as_strangers(configured, octaves):
    words = SMALL | {"lr": "0.01", "num_octaves": str(octaves), "unzoom_octave": "True"}
    loop = job.prepare(configured("dream", **words)).loop(start.perlin((64, 64), 0) // 4 + 96)
    before = loop.state()["picture"]
    loop.single()
    moved = (loop.state()["picture"] - before).abs().mean().item()
    assert moved == pytest.approx(0.01 * 2 * DEVIATION * octaves**0.5, rel=1e-4)


def test_a_loop_that_hardly_dreams_hardly_fades(configured):
    words = SMALL | {"lr": "1e-9", "num_octaves": "1"}
    picture = start.perlin((64, 64), 0)
    loop = job.prepare(configured("zoom", **words)).loop(picture)
    for _ in range(50):
        last = loop.frame()
    assert last.std() > 0.8 * picture.std()


def test_a_loop_that_dreams_as_strongly_as_the_house_fades_as_the_house_does(configured):
    look = Store().snapshot()
    lr = look["dream.strength"] / 25 / (10 * 2 * DEVIATION * 5**0.5)
    loop = job.prepare(configured("zoom", size="64") | {"lr": lr}).loop(start.gray((64, 64)))
    assert loop.look["dream.leak"] == pytest.approx(look["dream.leak"])


@pytest.mark.parametrize("move", [{"translate_x": "100000"}, {"rotation_deg": "-36000"}, {}])
def test_the_largest_values_still_make_pictures(configured, move):
    lr = "1e-6" if move else "1000"
    config = configured("zoom", **SMALL | move, lr=lr, random_image_noise="perlin")
    made = job.prepare(config | {"pixel_zoom": 0})
    loop = made.loop(made.start(0)[1])
    assert all(loop.frame(made.motion()).std() > 15 for _ in range(3))


@pytest.mark.parametrize("way", ["linear", "spherical"])
@pytest.mark.parametrize("bright", [(0, 0), (9, 200), (255, 255)])
@pytest.mark.parametrize("t", [0.0, 0.3, 0.9])
def test_between_a_picture_and_itself_there_is_nothing_else(way, bright, t):
    picture = white(*bright)
    found = interp.between(picture, picture, t, way, False)
    assert np.abs(found.astype(int) - picture).max() <= 1


@pytest.mark.parametrize(("way", "light"), [("linear", 127), ("spherical", 180)])
def test_half_way_the_spherical_way_keeps_what_the_linear_way_darkens(way, light):
    """Of two pictures at right angles each has cos 45 of its light there, not half."""
    found = interp.between(white(255, 0), white(0, 255), 0.5, way, False)
    assert (int(found.min()), int(found.max())) == (light, light)


@pytest.mark.parametrize(("t", "share"), [(0, 0), (0.25, 5 / 32), (0.5, 0.5), (0.75, 27 / 32)])
def test_a_smooth_way_leaves_and_arrives_alike(t, share):
    found = interp.between(white(0, 0), white(255, 255), t, "linear", True)
    assert int(found.max()) == int(found.min()) == int(255 * share)


def test_seeds_that_stand_twice_dream_once(configured):
    counts = []
    run, made = command.begin(configured("dream", **SMALL, seeds="3,5,3"), set())
    command.go(run, made, lambda done, total: counts.append((done, total)))
    assert counts == [(0, 2), (1, 2), (2, 2)]


def test_the_weight_of_a_look_is_shared_by_its_layers(styled):
    """The content is where it is wanted at first, so that the look alone makes the first step."""
    one, other, both = (
        after(styled(style_layers=layers), 1)["exp_avg"] for layers in (*LAYERS, ",".join(LAYERS))
    )
    assert np.abs(both).mean() > 0
    assert np.allclose(both, (one + other) / 2, rtol=1e-3, atol=1e-3 * np.abs(both).max())


def test_a_style_never_leaves_what_a_picture_can_show(styled):
    x = after(styled(lr="5"), 2)["x"]
    assert np.abs(x).max() == 1


def test_a_pull_that_is_no_number_leaves_the_picture_as_it_is(styled):
    """As no word of the command line can ask for."""
    folder = finished(styled() | {"style_weight": 1e300})
    with Image.open(folder / "styled_content.png") as image:
        assert np.array_equal(np.asarray(image), start.perlin((48, 32), 0))


@pytest.mark.parametrize("weight", ["content_weight", "style_weight"])
def test_the_largest_weight_still_makes_a_picture(styled, weight):
    state = after(styled(**{weight: "1e12"}), 2)
    assert all(np.isfinite(values).all() for values in state.values())
    with Image.open(finished(styled(**{weight: "1e12"})) / "styled_content.png") as image:
        assert 0 < np.abs(np.asarray(image) - start.perlin((48, 32), 0).astype(int)).mean() < 20


def stopped_at(config, at):
    """Stop a style at the line that it comes to as number `at`; return its folder and at which
    lines its steps began."""
    run, made = command.begin(config, set())
    seen, begun = [0], []

    def line(frame, event, argument):
        seen[0] += event == "line"
        if seen[0] == at:
            raise Stop
        return line

    before = sys.gettrace()
    sys.settrace(lambda frame, *_: line if frame.f_code is style.style.__code__ else None)
    try:
        command.go(run, made, lambda done, total: begun.append(seen[0]))
    except Stop:
        pass
    finally:
        sys.settrace(before)
    return run.folder, begun


def test_a_style_stopped_at_any_line_of_a_step_goes_on_to_the_same_picture(styled):
    whole, begun = stopped_at(styled(), None)
    expected = (whole / "styled_content.png").read_bytes()
    assert begun[1] - begun[0] > 4
    for at in range(begun[0] + 1, begun[1] + 1):
        folder, _ = stopped_at(styled(), at)
        assert not (folder / "styled_content.png").exists()
        finished({"command": "style", "resume": str(folder)})
        assert (folder / "styled_content.png").read_bytes() == expected, at
