"""Nodes of the depth relief: how it lies in space, and how it is coloured."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ..gallery.room import node_tree

GROUP: Final = "Limn Depth Relief"
INVERSE: Final = "limn_inverse_depth"
"""The attribute of every point that holds 1 / metres, whatever is done to the shape."""
FOOTAGE: Final = "limn_footage"
"""The object's property: 0 shows the map's colours, 1 the footage."""

_COLOURS: Final = (
    (0.00, (0.00015, 0.00004, 0.00125)),
    (0.25, (0.095, 0.00335, 0.155)),
    (0.50, (0.50, 0.038, 0.09)),
    (0.75, (0.95, 0.245, 0.013)),
    (1.00, (0.97, 1.00, 0.37)),
)
"""Matplotlib's inferno (CC0) in linear light: far is dark, near is bright."""


def relief_group() -> bpy.types.NodeTree:
    """The geometry nodes that flatten the relief and cut it where the map jumps, made once."""
    known = bpy.data.node_groups.get(GROUP)
    if known is not None:
        return known
    tree = bpy.data.node_groups.new(GROUP, "GeometryNodeTree")
    tree.is_modifier = True
    interface: Any = tree.interface
    interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    for name, value, low, high, what in (
        ("Flatness", 0.0, 0.0, 1.0, "0 is the relief, 1 a flat picture at the distance"),
        ("Distance", 8.0, 0.1, 1000.0, "How far from the camera the flat picture stands, metres"),
        ("Tear", 1.06, 1.0, 10.0, "The relief is cut where a neighbour is this much farther"),
    ):
        socket = interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
        socket.default_value, socket.min_value, socket.max_value = value, low, high
        socket.description = what
    _fill(tree)
    return tree


def _fill(tree: bpy.types.NodeTree) -> None:
    nodes, links = tree.nodes, tree.links
    given, made = nodes.new("NodeGroupInput"), nodes.new("NodeGroupOutput")

    def math(operation: str, a: Any, b: Any, c: Any = None) -> Any:  # noqa: ANN401
        node = nodes.new("ShaderNodeMath")
        node.operation = operation
        for index, value in enumerate(one for one in (a, b, c) if one is not None):
            if isinstance(value, float):
                node.inputs[index].default_value = value
            else:
                links.new(value, node.inputs[index])
        return node.outputs[0]

    def away(position: Any) -> Any:  # noqa: ANN401
        split = nodes.new("ShaderNodeSeparateXYZ")
        links.new(position, split.inputs[0])
        return math("MULTIPLY", split.outputs["Z"], -1.0)

    position = nodes.new("GeometryNodeInputPosition")
    depth = away(position.outputs[0])
    store = nodes.new("GeometryNodeStoreNamedAttribute")
    store.data_type, store.domain = "FLOAT", "POINT"
    store.inputs["Name"].default_value = INVERSE
    links.new(math("DIVIDE", 1.0, depth), store.inputs["Value"])
    links.new(given.outputs["Geometry"], store.inputs["Geometry"])

    # Every point stays on its ray, so the camera sees the same picture however flat it is.
    short = math("SUBTRACT", given.outputs["Distance"], depth)
    moved = math("MULTIPLY_ADD", given.outputs["Flatness"], short, depth)
    scale = nodes.new("ShaderNodeVectorMath")
    scale.operation = "SCALE"
    links.new(position.outputs[0], scale.inputs[0])
    links.new(math("DIVIDE", moved, depth), scale.inputs["Scale"])
    place = nodes.new("GeometryNodeSetPosition")
    links.new(store.outputs["Geometry"], place.inputs["Geometry"])
    links.new(scale.outputs[0], place.inputs["Position"])

    edge = nodes.new("GeometryNodeInputMeshEdgeVertices")
    ends = [away(edge.outputs[name]) for name in ("Position 1", "Position 2")]
    ratio = math("DIVIDE", math("MAXIMUM", *ends), math("MINIMUM", *ends))
    cut = nodes.new("GeometryNodeDeleteGeometry")
    cut.domain, cut.mode = "EDGE", "EDGE_FACE"
    links.new(place.outputs["Geometry"], cut.inputs["Geometry"])
    links.new(math("GREATER_THAN", ratio, given.outputs["Tear"]), cut.inputs["Selection"])
    links.new(cut.outputs["Geometry"], made.inputs["Geometry"])


def set_input(modifier: Any, name: str, value: float) -> None:  # noqa: ANN401
    """Set an input of a geometry nodes ``modifier`` by the name that its panel shows."""
    items = modifier.node_group.interface.items_tree
    known_as = next(item.identifier for item in items if item.name == name)
    properties = getattr(modifier, "properties", None)
    if properties is None:
        modifier[known_as] = value
    else:  # Blender 5.2 keeps them apart from custom properties
        getattr(properties.inputs, known_as).value = value


def relief_material(
    material: bpy.types.Material, far_near: tuple[float, float]
) -> bpy.types.Material:
    """Add the map's colours to a material that shows the footage; ``far_near`` are 1 / metres of
    what is far and of what is near."""
    tree = node_tree(material)
    nodes, links = tree.nodes, tree.links
    light = next(node for node in nodes if node.type == "EMISSION")
    inverse = nodes.new("ShaderNodeAttribute")
    inverse.attribute_type, inverse.attribute_name = "GEOMETRY", INVERSE
    level = nodes.new("ShaderNodeMapRange")
    level.inputs["From Min"].default_value, level.inputs["From Max"].default_value = far_near
    links.new(inverse.outputs["Fac"], level.inputs["Value"])
    ramp = nodes.new("ShaderNodeValToRGB")
    elements = ramp.color_ramp.elements
    for at, colour in _COLOURS[1:-1]:
        elements.new(at).color = (*colour, 1.0)
    for index, (_, colour) in ((0, _COLOURS[0]), (-1, _COLOURS[-1])):
        elements[index].color = (*colour, 1.0)
    links.new(level.outputs["Result"], ramp.inputs["Fac"])
    share = nodes.new("ShaderNodeAttribute")
    share.attribute_type, share.attribute_name = "OBJECT", FOOTAGE
    mix = nodes.new("ShaderNodeMixRGB")
    links.new(share.outputs["Fac"], mix.inputs["Fac"])
    links.new(ramp.outputs["Color"], mix.inputs["Color1"])
    colour = light.inputs["Color"]
    if colour.is_linked:
        links.new(colour.links[0].from_socket, mix.inputs["Color2"])
    else:
        mix.inputs["Color2"].default_value = colour.default_value
    links.new(mix.outputs["Color"], colour)
    return material
