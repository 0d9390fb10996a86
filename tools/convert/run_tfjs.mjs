// Runs a TensorFlow.js graph model on one int32 picture; called by record_references.py.
//
//     node run_tfjs.mjs MODEL.json HEIGHT WIDTH < picture.rgb > output.float32
//
// Resolves @tensorflow/tfjs from the folder it is started in.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const tf = createRequire(join(process.cwd(), "package.json"))("@tensorflow/tfjs");
const [, , path, height, width] = process.argv;

const { modelTopology, signature, weightsManifest } = JSON.parse(readFileSync(path, "utf-8"));
const files = weightsManifest.flatMap((group) => group.paths);
const bytes = Buffer.concat(files.map((name) => readFileSync(join(dirname(path), name))));
const model = await tf.loadGraphModel(
  tf.io.fromMemory({
    modelTopology,
    signature,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  }),
);
const picture = tf.tensor4d(new Int32Array(readFileSync(0)), [1, +height, +width, 3], "int32");
const output = model.execute(picture);
writeFileSync(1, Buffer.from((await output.data()).buffer));
