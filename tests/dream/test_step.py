"""The ascent: gradient against the plain loop, blur against scipy, octaves, and that it climbs."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from benchmarks import plain
from engine.dream import channels, objective, step
from engine.dream.dreamer import first_picture

WEIGHTS = {"b16_conv1": 1.0, "b32_conv0": 0.5, "b8_conv1": 0.3}
CLIMB = step.Climb.of(0.05, 0.5, 4.0)


def target(network, weights, width=6):
    vectors = {n: channels.walked(40.3, width, network.shapes[n][0]) for n in weights}
    return step.Target(weights, {n: torch.from_numpy(v).float() for n, v in vectors.items()})


def height(network, x, aim):
    """Return the objective at this picture."""
    features, _ = network.forward(x, aim.weights)
    return sum(
        float(objective.value(f, aim.vectors[n], aim.weights[n])) for n, f in features.items()
    )


def noise(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def no_graph():
    with torch.no_grad():
        yield


@pytest.mark.parametrize("weights", [{"b16_conv1": 1.0}, WEIGHTS, {"fc": 1.0, "b64_conv0": 0.2}])
@pytest.mark.parametrize("size", [(64, 96), (77, 131)], ids=str)
def test_the_gradient_is_the_plain_loops(network, exact_network, plain_network, weights, size):
    h, w = size
    x, aim = first_picture((w, h), 3), target(network, weights)
    vectors = {name: vector.double() for name, vector in aim.vectors.items()}
    theirs = plain.gradient(plain_network, x.double(), weights, vectors)
    exact = step.picture_gradient(exact_network, x, step.Target(weights, vectors)) / (h * w)
    played = step.picture_gradient(network, x, aim) / (h * w)
    assert float((exact - theirs).norm() / theirs.norm()) < 1e-6
    # In float32 a feature near zero may fall on the rectifier's other side.
    assert float((played - theirs).norm() / theirs.norm()) < 3e-3


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.3, 4.0, 8.0])
def test_the_blur_is_scipys_gaussian_mirrored_at_the_edges(sigma):
    g = noise(1, 2, 40, 53)
    reference = gaussian_filter(
        g.numpy(),
        (0, 0, sigma, sigma),
        mode="mirror",
        radius=(0, 0, *[max(round(3 * sigma), 1)] * 2),
    )
    assert step.blur(g, step.gaussian(sigma)).numpy() == pytest.approx(reference, abs=1e-5)


def test_no_blur_changes_nothing():
    g = noise(1, 3, 9, 9)
    assert torch.equal(step.blur(g, step.gaussian(0.0)), g)


@given(h=st.integers(2, 40), w=st.integers(2, 40), sigma=st.floats(0, 8))
def test_a_blur_of_any_size_keeps_a_flat_picture(h, w, sigma):
    assert torch.allclose(
        step.blur(torch.full((1, 2, h, w), 0.7), step.gaussian(sigma)),
        torch.tensor(0.7),
    )


@given(
    h=st.integers(1, 90), w=st.integers(1, 90), scale=st.floats(1e-12, 1e6), seed=st.integers(0, 9)
)
def test_an_even_gradient_has_the_mean_size_1(h, w, scale, seed):
    assert float(step.even_out(noise(1, 3, h, w, seed=seed) * scale).abs().mean()) == pytest.approx(
        1, rel=1e-3
    )


def test_evening_out_lets_the_quiet_half_dream_too():
    g = noise(1, 3, 64, 96)
    g[..., :48] *= 1e-2
    even = step.even_out(g).abs().mean((0, 1, 2))
    assert 0.1 < float(even[:32].mean() / even[64:].mean()) < 0.5  # but stays the quieter one


def test_a_gradient_of_nothing_stays_nothing():
    assert torch.equal(step.even_out(torch.zeros(1, 3, 8, 8)), torch.zeros(1, 3, 8, 8))


@pytest.mark.parametrize("size", [0.01, 0.1])
def test_a_step_changes_the_picture_by_its_size(network, size):
    x = first_picture((96, 64), 1)
    y = step.ascend(network, x, target(network, WEIGHTS), step.Climb.of(size, 0.5, 4.0))
    assert float((y - x).abs().mean()) == pytest.approx(size, rel=1e-3)


@pytest.mark.parametrize("weights", [{"b16_conv1": 1.0}, {"b64_conv1": 1.0}, WEIGHTS], ids=str)
@pytest.mark.parametrize("width", [1, 16])
def test_a_step_climbs(network, weights, width):
    x, aim = first_picture((96, 64), 2), target(network, weights, width)
    y = step.ascend(network, x, aim, CLIMB)
    assert height(network, y, aim) > height(network, x, aim) + 0.05


@pytest.mark.parametrize("iterations", [1, 3])
def test_a_dream_climbs(network, iterations):
    x, aim = first_picture((128, 96), 2), target(network, {"b16_conv1": 1.0})
    sizes = step.octave_sizes(96, 128, 3, 1.8, [32])
    y = step.dream(network, x, aim, sizes, iterations, CLIMB)
    assert y.shape == x.shape
    assert height(network, y, aim) > height(network, x, aim) + 0.05


@pytest.mark.parametrize("iterations", [1, 3])
def test_one_octave_is_its_steps_one_after_the_other(network, iterations):
    x, aim = first_picture((96, 64), 2), target(network, WEIGHTS)
    dreamt, stepped = step.dream(network, x, aim, [(64, 96)], iterations, CLIMB), x
    for _ in range(iterations):
        stepped = step.ascend(network, stepped, aim, CLIMB)
    assert torch.allclose(dreamt, stepped, atol=1e-4)


def test_octaves_side_by_side_are_those_one_by_one(network):
    x, aim = first_picture((128, 96), 2), target(network, WEIGHTS)
    sizes = step.octave_sizes(96, 128, 4, 1.5, [32, 64])
    with ThreadPoolExecutor(3) as workers:
        beside = step.dream(network, x, aim, sizes, 2, CLIMB, workers.map)
    assert torch.allclose(beside, step.dream(network, x, aim, sizes, 2, CLIMB), atol=1e-4)


def test_the_picture_that_was_given_is_left_alone(network):
    x = first_picture((96, 64), 2)
    before = x.clone()
    step.dream(network, x, target(network, WEIGHTS), [(64, 96), (64, 64)], 2, CLIMB)
    assert torch.equal(x, before)


@given(
    h=st.integers(4, 1200),
    w=st.integers(4, 1200),
    octaves=st.integers(1, 6),
    scale=st.floats(1.2, 3),
    strides=st.sets(st.sampled_from([1, 2, 16, 32, 64]), min_size=1),
)
def test_octaves_fall_by_the_scale_as_long_as_a_layer_fits(h, w, octaves, scale, strides):
    sizes = step.octave_sizes(h, w, octaves, scale, strides)
    assert 1 <= len(sizes) <= octaves
    assert min(sizes[0]) >= max(strides)
    if min(h, w) >= max(strides):
        assert sizes[0] == (h, w)
    for k, size in enumerate(sizes[1:], 1):
        assert min(size) >= min(strides)
        assert size == (round(h / scale**k), round(w / scale**k))


def test_octaves_go_on_down_to_where_the_shallowest_layer_still_fits():
    sizes = step.octave_sizes(128, 128, 6, 2.0, [64, 4])
    assert sizes == [(n, n) for n in (128, 64, 32, 16, 8, 4)]


def test_an_octave_dreams_the_layers_that_fit_it(network):
    aim = target(network, WEIGHTS)
    assert aim.fitting(network, (64, 96)).weights.keys() == WEIGHTS.keys()
    assert aim.fitting(network, (40, 96)).weights.keys() == {"b16_conv1", "b32_conv0"}


@pytest.mark.parametrize("size", [(40, 70), (20, 20)], ids=str)
def test_a_picture_too_small_for_a_layer_is_dreamed_enlarged(network, size):
    x, aim = first_picture(size, 2), target(network, {"b8_conv1": 1.0})
    sizes = step.octave_sizes(*x.shape[2:], 1, 2.0, [64])
    y = step.dream(network, x, aim, sizes, 1, CLIMB)
    assert y.shape == x.shape
    assert float((y - x).abs().mean()) > 0.01


def test_the_papers_octaves():
    assert step.octave_sizes(512, 512, 5, 1.4, [1]) == [(n, n) for n in (512, 366, 261, 187, 133)]


def test_numbers_beyond_all_sense_do_not_stop_the_step(network):
    """A broken pixel must not become a broken show: the tone's limit then makes it grey."""
    x = first_picture((96, 64), 1)
    x[0, 0, 0, 0] = float("nan")
    assert np.isfinite(step.octave_sizes(64, 96, 3, 1.8, [32])).all()
    assert step.ascend(network, x, target(network, WEIGHTS), CLIMB).shape == x.shape


@pytest.mark.parametrize("number", [0.0, float("nan"), float("inf")], ids=str)
def test_a_gradient_of_nothing_or_no_number_leaves_the_picture_as_it_is(network, number):
    x = first_picture((96, 64), 1)
    aim = step.Target({"b16_conv1": 1.0}, {"b16_conv1": torch.full((256,), number)})
    assert torch.equal(step.dream(network, x, aim, [(64, 96), (32, 48)], 2, CLIMB), x)


@pytest.mark.parametrize("tilt", [0.0, 1.0, -1.5])
def test_one_octave_or_three_change_the_picture_as_much_larger_forms_less(network, tilt):
    x, climb = first_picture((128, 128), 2), step.Climb.of(0.05, 0.5, 4.0, tilt)
    aim = target(network, {"b32_conv1": 1.0})
    sizes = step.octave_sizes(128, 128, 3, 2.0, [16])
    alone, all_three = (
        float((step.dream(network, x, aim, sizes[:n], 1, climb) - x).abs().mean()) for n in (1, 3)
    )
    shares = np.array([4.0 ** (tilt * k) for k in range(3)])
    lasting = np.array([2.0 ** (2 * k * step.LASTING) for k in range(3)])
    assert alone == pytest.approx(0.05, rel=1e-3)
    assert all_three == pytest.approx(0.05 * (shares.sum() / (shares @ lasting)) ** 0.5, rel=0.02)


def test_jitter_moves_the_picture_under_the_network_and_back(network):
    """With a step that knows no place, nothing is left of the shift; each turn has its own."""
    shifts = [
        step.Climb.of(0.05, 0, 0, jitter=8, turn=turn).shift(k) for turn in range(9) for k in (0, 1)
    ]
    assert len({*shifts}) > 12
    assert max(abs(by) for shift in shifts for by in shift) <= 8
    x, aim = first_picture((96, 64), 2), target(network, {"from_rgb": 1.0})
    still, moved = (
        step.ascend(network, x, aim, step.Climb.of(0.05, 0, 0, jitter=j, turn=3)) for j in (0, 8)
    )
    assert torch.allclose(moved, still, atol=1e-4)


def test_each_octave_climbs_its_own_target(network):
    x, sizes = first_picture((128, 96), 2), [(96, 128), (48, 64)]
    a, b = target(network, {"b16_conv1": 1.0}), target(network, {"b32_conv0": 1.0})
    own, one, other = (step.dream(network, x, t, sizes, 1, CLIMB) for t in ([a, b], a, b))
    assert float((own - one).abs().mean()) > 1e-3
    assert float((own - other).abs().mean()) > 1e-3


def test_unzoomed_octaves_hold_a_layer_that_spans_more_than_the_picture(network):
    layer, size = "b8_conv1", (48, 64)
    assert network.stride([layer]) > min(size)
    x = first_picture(size[::-1], 3)
    target = step.Target({layer: 1.0}, {layer: torch.ones(network.shapes[layer][0])})
    sizes = step.octave_sizes(*size, 3, 2.0, [network.stride([layer])])
    dreamed = step.dream(network, x, target, sizes, 1, step.Climb.of(0.1, 0.5, 4.0, whole=True))
    assert dreamed.shape == x.shape
    assert float((dreamed - x).abs().mean()) > 0.01


def test_a_longer_step_is_blurred_more():
    short, long = (step.Climb.of(size, 0.5, 0.0).light for size in (0.01, 1.0))
    assert float(long.max()) < 0.5 * float(short.max())
