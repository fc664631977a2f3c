from engine.panel.dropped import open_files


def test_networks_are_loaded_pictures_guide_and_the_rest_is_listened_to():
    asked = []
    open_files(
        ["/a/Set 1.WAV", "n.safetensors", "N.PKL", "r.pt", "me.JPG"], lambda *ask: asked.append(ask)
    )
    assert asked == [
        ("audio.open", "/a/Set 1.WAV"),
        ("network.load", "n.safetensors"),
        ("network.load", "N.PKL"),
        ("network.load", "r.pt"),
        ("guide.load", "me.JPG"),
    ]
