"""A group before a tripod: everybody is kept, and hands are too small to be read."""

import bpy

limn = bpy.context.scene.limn

limn.quality = "balanced"
limn.max_people = 16
limn.step = 1
limn.min_confidence = 0.25
limn.camera = "still"
limn.contacts = "auto"
limn.gaps = "unkeyed"
limn.hands = "off"
limn.face = "off"
limn.body = "whole"
