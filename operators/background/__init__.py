"""Without a window: folders of clips, and the limn command of Blender."""
