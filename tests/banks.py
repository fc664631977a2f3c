"""A bank of presets as tests have it: files in its folders, a store with two layers, one played."""

from engine.looks import Looks
from engine.mapping import Signals
from engine.parameters import Store


def filled():
    store = Store()
    store.fill("dream.layer.", {"b16_conv0": 0.0, "b16_conv1": 1.0})
    return store


def put(bank, folder, name, text="version = 1\n"):
    (bank.folders[folder] / f"{name}.toml").write_text(text, "utf-8")


def play(bank, name, store, mapper):
    Looks(store, Signals(), mapper, bank, lambda: None, str).cut(name)
