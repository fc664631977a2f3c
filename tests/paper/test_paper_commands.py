"""The paper's commands as a person types them: what they leave behind, and what they refuse."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from quick import LAYER, QUICK

from engine.dream import likeness, start
from engine.networks import files
from engine.networks.discriminator import Discriminator
from engine.paper import job
from engine.paper.options import STARTER

ROOT = Path(__file__).resolve().parents[2]


def probed(path):
    """Return what ffprobe says of the one stream in a video: its size, rate and counted frames."""
    entries = "stream=codec_name,width,height,avg_frame_rate,nb_read_frames"
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", entries]
    done = subprocess.run([*command, "-of", "json", str(path)], capture_output=True, check=True)
    (stream,) = json.loads(done.stdout)["streams"]
    return stream


def shown(path, number):
    """Return frame `number` of a video, RGB."""
    w, h = probed(path)["width"], probed(path)["height"]
    words = ["-vf", f"select=eq(n\\,{number})", "-frames:v", "1", "-pix_fmt", "rgb24"]
    command = ["ffmpeg", "-v", "error", "-i", str(path), *words, "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(h, w, 3).astype(int)


def kept(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def photo(tmp_path):
    """A picture file of 60x40, left dark, right bright."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = (220, 180, 90)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_a_zoom_keeps_every_frame_and_plays_them(run):
    words = (*QUICK, *LAYER, "-noise", "perlin", "--size", "64")
    folder = run("zoom", *words, "--duration-sec", "0.4", "--fps", "10", "--reverse-video")
    assert folder == Path("out/discriminator_synthesis/00000-zoom")
    frames = [f"dreamed_{n}.png" for n in range(5)]  # the start picture, then four
    assert names(folder) == ["config.json", *frames, "zoom.mp4", "zoom_reversed.mp4"]
    for name in ("zoom.mp4", "zoom_reversed.mp4"):
        expected = {"codec_name": "h264", "width": 64, "height": 64, "avg_frame_rate": "10/1"}
        assert probed(folder / name) == expected | {"nb_read_frames": "5"}
    for number in (1, 4):
        forth, back = (
            shown(folder / "zoom.mp4", number),
            shown(folder / "zoom_reversed.mp4", 4 - number),
        )
        assert np.abs(forth - kept(folder / f"dreamed_{number}.png")).mean() < 12
        assert np.abs(forth - back).mean() < 12


def test_without_the_start_picture_as_many_frames_as_the_video_has(run):
    words = ("--duration-sec", "1.1", "--fps", "10", "--include-starting-image", "False")
    folder = run("zoom", *QUICK, *LAYER, *words, "-it", "1")
    frames = [f"dreamed_{n:02d}.png" for n in range(11)]
    assert names(folder) == ["config.json", *frames, "starting_image.png", "zoom.mp4"]
    assert probed(folder / "zoom.mp4")["nb_read_frames"] == "11"


def test_only_the_ending_tells_jpeg_from_png(run):
    words = ("--duration-sec", "0.2", "--fps", "10", *LAYER)
    png, jpeg = run("zoom", *QUICK, *words), run("zoom", *QUICK[:-1], *words)
    assert [Path(n).stem for n in names(png)] == [Path(n).stem for n in names(jpeg)]
    one, other = png / "dreamed_1.png", jpeg / "dreamed_1.jpg"
    assert np.abs(kept(one) - kept(other)).mean() < 4


@pytest.mark.parametrize("classic", [(), ("--classic",)], ids=["fast", "classic"])
def test_frame_zero_is_dreamed_where_it_is_and_later_ones_move(run, photo, classic):
    words = ("--starting-image", photo, "--lr", "1e-6", "-zoom", "0", "-tx", "6", *classic)
    folder = run("zoom", *QUICK, *LAYER, *words, "--duration-sec", "0.2", "--fps", "10")
    light = [kept(folder / f"dreamed_{n}.png")[16].mean(-1) for n in range(3)]
    edges = [int(np.abs(np.diff(line)).argmax()) for line in light]
    assert edges == [15, 15, 21]


def test_a_negative_zoom_lets_black_in_where_it_is_classic(run, photo):
    words = ("--starting-image", photo, "--lr", "1e-6", "-zoom", "-4", "--duration-sec", "0.08")
    fast, classic = (
        run("zoom", *QUICK, *LAYER, *words),
        run("zoom", *QUICK, *LAYER, *words, "--classic"),
    )
    bright = [kept(folder / "dreamed_2.png")[1, 24:30].mean() for folder in (fast, classic)]
    assert bright[0] > 100
    assert bright[1] < 10


def test_classic_makes_the_pictures_of_the_papers_program(run):
    words = ("--starting-image", ROOT / "tests/data/start.png", "--layers", "b32_conv0,b8_conv1")
    words += ("--sqrt-normed", "--num-octaves", "3", "--unzoom-octave", "False", "-it", "5")
    made = kept(run("dream", "--classic", "--png", *words) / "dreamed_start.png")
    far = np.abs(made - kept(ROOT / "tests/data/b-two-layers.png"))
    assert far.mean() <= 0.2
    assert (far.max(-1) <= 4).mean() >= 0.999


def test_an_odd_size_and_any_aspect_make_a_video(run):
    words = ("--size", "45x33", "-it", "1", "--num-octaves", "1", *LAYER)
    folder = run("zoom", *words, "--duration-sec", "0.2", "--fps", "10")
    assert kept(folder / "dreamed_1.jpg").shape == (33, 45, 3)
    assert (probed(folder / "zoom.mp4")["width"], probed(folder / "zoom.mp4")["height"]) == (44, 32)


def test_channels_takes_every_channel_of_that_very_layer(run):
    """b256_conv1 is wider than the block's conv0, which is what the paper's program counts."""
    words = ("--size", "16", "-it", "1", "--num-octaves", "1", "--layer", "b256_conv1")
    folder = run("channels", *words, "--include-starting-image", "False", "-zoom", "0")
    config = json.loads((folder / "config.json").read_text())
    layers = {
        layer["name"]: layer["shape"] for layer in files.describe(config["network"])["layers"]
    }
    count = layers["b256_conv1"][0]
    assert count > layers["b256_conv0"][0]
    assert len(list(folder.glob("dreamed_*.jpg"))) == count
    assert probed(folder / "channels.mp4")["nb_read_frames"] == str(count)


@pytest.mark.parametrize("layer", ["fc", "out", "from_rgb"])
@pytest.mark.parametrize("classic", [(), ("--classic",)], ids=["fast", "classic"])
def test_any_layer_and_channel_may_dream(run, layer, classic):
    words = ("--size", "64", "-it", "1", "--num-octaves", "1", "--png", "--lr", "0.05")
    words += ("--layers", layer, "--channels", "0", *classic)
    folder = run("dream", *words)
    begun, dreamed = (kept(folder / f"{name}perlin-seed_0.png") for name in ("", "dreamed_"))
    assert np.abs(begun - dreamed).mean() > 0.5


def test_one_frame_of_channels_dreams_one_channel(configured):
    config = configured("channels", size="64", layer="b64_conv0", num_octaves="1", iterations="1")
    made = job.prepare(config | {"lr": 0.05})
    picture = made.start(0)[1]
    frames = [made.loop(picture).frame(channels=(c,)) for c in (3, 3, 4)]
    assert np.array_equal(frames[0], frames[1])
    assert np.abs(frames[0].astype(int) - frames[2]).mean() > 1


def test_interp_goes_from_seed_to_seed_without_reaching_the_last(run):
    words = ("--seeds", "0,7,3", "--seed-sec", "0.3", "--fps", "10", "--classic", *LAYER)
    folder = run("interp", *QUICK, *words, "--lr", "1e-7")
    frames = [kept(folder / f"dreamed_{n}.png") for n in range(6)]
    assert probed(folder / "interp.mp4")["nb_read_frames"] == "6"
    for number, seed in ((0, 0), (3, 7)):
        noise = np.random.RandomState(seed).randint(0, 255, (32, 32, 3), np.uint8)
        assert np.abs(frames[number] - noise).max() <= 2
    a, b = frames[0], frames[3]
    assert np.abs(frames[1] - a).mean() < np.abs(frames[2] - a).mean() < np.abs(b - a).mean()


def test_a_file_is_the_first_picture_and_the_seeds_follow(run, photo):
    words = ("--starting-image", photo, "--seeds", "0-1", "--classic", "--lr", "1e-7", *LAYER)
    folder = run("dream", *QUICK, *words)
    assert names(folder) == [
        "config.json",
        "dreamed_perlin-seed_1.png",
        "dreamed_photo.png",
        "perlin-seed_1.png",
        "photo.png",
    ]
    folder = run("interp", *QUICK, *words, "--seed-sec", "0.2", "--fps", "10")
    assert (
        np.abs(kept(folder / "dreamed_0.png") - kept(folder.parent / "00000-dream/photo.png")).max()
        <= 2
    )


def test_all_is_a_picture_for_each_layer_and_use_all_is_their_sum(run):
    words = ("--size", "64", "-it", "1", "--num-octaves", "1", "--seeds", "0,1")
    each = names(run("dream", *words, "--layers", "all"))
    assert "dreamed_perlin-seed_0_from_rgb.jpg" in each
    assert "dreamed_perlin-seed_1_out.jpg" in each
    assert sum("seed_0_" in name for name in each) == sum("seed_1_" in name for name in each) >= 15
    assert "dreamed_perlin-seed_0.jpg" in names(run("dream", *words, "--layers", "use_all"))


def test_style_moves_a_picture_towards_the_look_of_another(run, photo):
    look, layers = ROOT / "tests/data/start.png", "from_rgb,b128_conv0,b64_conv0"
    words = ("--content", photo, "--style", look, "--content-layer", "b64_conv0")
    folder = run("style", *words, "--style-layers", layers, "--size", "64x48", "-it", "25", "--png")
    assert names(folder) == ["config.json", "styled_photo.png"]
    network = Discriminator(files.read(STARTER))

    def gram(path):
        x = torch.tensor(start.from_file(path, (64, 48))).permute(2, 0, 1)[None] / 127.5 - 1
        return likeness.gram(network.forward(x, ["b64_conv0"])[0]["b64_conv0"])

    wanted, before, after = (gram(p) for p in (look, photo, folder / "styled_photo.png"))
    assert (after - wanted).norm() < 0.5 * (before - wanted).norm()


def test_seeds_make_different_pictures_and_the_same_seed_the_same(run):
    words = (*QUICK, *LAYER, "--seeds")
    a, b = run("dream", *words, "4-5"), run("dream", *words, "5")
    one = kept(b / "dreamed_perlin-seed_5.png")
    assert np.array_equal(one, kept(a / "dreamed_perlin-seed_5.png"))
    assert np.abs(one - kept(a / "dreamed_perlin-seed_4.png")).mean() > 5


@pytest.mark.parametrize("noise", ["random", "perlin", "gray", "generator"])
def test_every_start_dreams(run, noise):
    folder = run("dream", *QUICK, *LAYER, "-noise", noise, "-grayscale")
    begun = kept(folder / f"{noise}-seed_0.png")
    assert np.array_equal(begun[..., 0], begun[..., 1])
    assert (folder / f"dreamed_{noise}-seed_0.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["dream", "--layers", "b99_conv1"],
            "'b99_conv1': no layer of ornament-256-discriminator; it",
        ),
        (["channels", "--layer", "use_all"], "'use_all': no layer of"),
        (["dream", "--channels", "256"], "--channels 256: b16_conv1 has 0 to 255"),
        (["dream", "--channels", "0,300"], "--channels 300: must be 0 to 255"),
        (["dream", "--layers", "all", "--channels", "9999"], "--channels 9999: must be 0 to"),
        (["zoom", "--normed", "--sqrt-normed"], "choose one of them"),
        (["zoom", "--size", "64", "-zoom", "32"], "--pixel-zoom 32: must be from -64 to below 32"),
        (
            ["zoom", "--size", "64", "-zoom", "-65"],
            "--pixel-zoom -65: must be from -64 to below 32",
        ),
        (["dream", "--size", "16", "--classic"], "--size: b16_conv1 needs 32 pixels a side"),
        (["zoom", "--size", "48", "--classic"], "b16_conv0 needs 16; at most 4 fit"),
        (["zoom", "--class", "3"], "it must be left out: it has no classes"),
        (["zoom", "--unzoom-octave", "perhaps"], "must be True or False"),
        (["zoom", "--fps", "0"], "must be a number from 1 to 1000"),
        (["zoom", "--network", "photo.png"], "photo.png: "),
        (["zoom", "--starting-image", "text.png"], "text.png: not a readable picture"),
        (["interp", "--seeds", "3"], "--seeds: must be two or more"),
        (["interp"], "--seeds: is needed"),
        (["style", "--content", "photo.png"], "--style: is needed"),
        (["zoom", "--resume", "nowhere"], "nowhere: no run to go on with"),
        (["zoom", "--generator", "nothing"], "nothing: no such file"),
        (["dream", "-noise", "generator", "--generator", STARTER], "not a generator"),
        (["dream", "--lr", "1e300"], "'1e300': must be a number above 0, at most 1000"),
        (["style", "--lr", "1e300"], "'1e300': must be a number above 0, at most 1000"),
        (["style", "--style-weight", "1e300"], "'1e300': must be a number from 0 to 1e+12"),
        (["zoom", "--translate-x", "1e308"], "'1e308': must be a number from -100000 to 100000"),
        (
            ["zoom", *QUICK, "--duration-sec", "0.04", "--layers", "all"],
            "--layers all: is for dream; here use_all is the sum",
        ),
        (
            ["interp", *QUICK, "--seeds", "0,1", "--seed-sec", "0.04", "--layers", "all"],
            "--layers all: is for dream",
        ),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_in_one_line_before_a_folder_is_made(
    perform, photo, tmp_path, capsys, words, said
):
    (tmp_path / "text.png").write_text("no picture")
    assert perform(*words) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert err.startswith("Error: ")
    assert (out, err.count("\n")) == ("", 1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_ended_from_outside_goes_on_to_the_same_film(run, tmp_path, how):
    words = ["zoom", *QUICK, *LAYER, "--duration-sec", "1.6", "--outdir", str(tmp_path / "a")]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "perform.py"), "--here", *words]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    folder = tmp_path / "a/00000-zoom"
    while not (folder / "dreamed_03.png").exists():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(how)
    said = process.communicate(timeout=60)[1]
    assert not (folder / "dreamed_40.png").exists()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert f"perform.py zoom --resume '{folder}'" in said
    assert run("zoom", "--resume", folder) == folder
    unbroken = run(*words[:-1], tmp_path / "b")
    for number in range(41):
        name = f"dreamed_{number:02d}.png"
        assert np.array_equal(kept(folder / name), kept(unbroken / name)), name
    assert probed(folder / "zoom.mp4")["nb_read_frames"] == "41"
