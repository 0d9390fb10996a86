"""The footage behind what F12 renders: a transparent film laid over it by the compositor."""

from __future__ import annotations

from typing import Any, Final

import bpy

_NAME: Final = "Limn Footage"


def has_compositing(scene: bpy.types.Scene) -> bool:
    """Whether somebody set up compositing in ``scene``."""
    owner: Any = scene
    if hasattr(owner, "compositing_node_group"):  # from 5.0 on
        group = owner.compositing_node_group
        return group is not None and not group.name.startswith(_NAME)
    if not owner.use_nodes or owner.node_tree is None:
        return False
    # What Blender itself puts there when nodes are switched on.
    kinds = {node.type for node in owner.node_tree.nodes} - {"VIEWER"}
    return kinds != {"R_LAYERS", "COMPOSITE"} and _NAME not in owner.node_tree.nodes


def show_footage_behind(scene: bpy.types.Scene, camera: bpy.types.Object) -> bool:
    """Let F12 lay what it renders over the footage of ``camera``; False where it shows none.

    The caller has made sure that no compositing of somebody else's is lost.
    """
    shown = [b for b in camera.data.background_images if b.clip is not None or b.image is not None]
    if not shown:
        return False
    tree, end = _empty_tree(scene)
    layers: Any = tree.nodes.new("CompositorNodeRLayers")
    layers.scene = scene
    if shown[0].source == "MOVIE_CLIP":
        footage: Any = tree.nodes.new("CompositorNodeMovieClip")
        footage.clip = shown[0].clip
    else:
        footage = tree.nodes.new("CompositorNodeImage")
        footage.image = shown[0].image
    footage.name = footage.label = _NAME
    fitted, over = tree.nodes.new("CompositorNodeScale"), tree.nodes.new("CompositorNodeAlphaOver")
    behind, ahead = _wire(fitted, over)
    for place, node in enumerate((footage, fitted, over, end)):
        node.location = (260.0 * place, 0.0)
    layers.location = (260.0, -260.0)
    tree.links.new(footage.outputs["Image"], fitted.inputs["Image"])
    tree.links.new(fitted.outputs["Image"], behind)
    tree.links.new(layers.outputs["Image"], ahead)
    tree.links.new(over.outputs["Image"], end.inputs[0])
    scene.render.film_transparent = True
    return True


def _empty_tree(scene: bpy.types.Scene) -> tuple[Any, Any]:
    """The scene's compositing nodes, emptied, and the node in which they end."""
    owner: Any = scene
    if hasattr(owner, "compositing_node_group"):
        tree: Any = bpy.data.node_groups.new(_NAME, "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        owner.compositing_node_group = tree
        return tree, tree.nodes.new("NodeGroupOutput")
    owner.use_nodes = True
    owner.node_tree.nodes.clear()
    return owner.node_tree, owner.node_tree.nodes.new("CompositorNodeComposite")


def _wire(scale: Any, over: Any) -> tuple[Any, Any]:  # noqa: ANN401 - nodes differ by version
    """Let ``scale`` fill the picture; returns the sockets of ``over`` for back and front."""
    if hasattr(scale, "space"):
        scale.space, scale.frame_method = "RENDER_SIZE", "STRETCH"
    else:  # from 5.0 on
        scale.inputs["Type"].default_value = "Render Size"
        scale.inputs["Frame Type"].default_value = "Stretch"
    if "Background" in over.inputs:
        return over.inputs["Background"], over.inputs["Foreground"]
    return over.inputs[1], over.inputs[2]
