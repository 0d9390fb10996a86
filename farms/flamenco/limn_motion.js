// Limn's job type for Flamenco 3: takes of clips, long ones looked at in stretches by many workers.
// Put this file into the folder "scripts" beside the manager; `limn batch --flamenco URL` submits
// to it. Workers need the command of Limn, the same folders, and "misc" among their task types.

const JOB_TYPE = {
    label: "Limn Motion",
    description: "People's motion in clips, as takes",
    settings: [
        {
            key: "clips",
            type: "string",
            default: "",
            description: "Paths of clips, with semicolons between them; CLIP|FRAMES tells the " +
                "length of one that may be looked at in stretches",
        },
        {
            key: "items",
            type: "string",
            default: "",
            visible: "hidden",
            description: "What limn batch submits instead of clips: a JSON list with the clips, " +
                "take, length and options of each task",
        },
        {
            key: "output",
            type: "string",
            subtype: "dir_path",
            required: true,
            description: "The folder of the takes",
        },
        {
            key: "options",
            type: "string",
            default: "",
            description: "Further options of limn estimate, such as --quality best; or a JSON " +
                "list of them",
        },
        {
            key: "stretch",
            type: "int32",
            default: 4500,
            description: "Clips of more frames than this are looked at in stretches of at most " +
                "so many; 0: never",
        },
        {
            key: "command",
            type: "string",
            default: "limn",
            description: "The command of Limn on the workers, or a variable such as {limn}",
        },
    ],
};

const TASK_TYPE = "misc";

function compileJob(job) {
    const settings = job.settings;
    for (const item of settings.items ? JSON.parse(settings.items) : typedItems(settings)) {
        const name = item.take.split(/[\\/]/).pop().replace(/\.take\.npz$/, "");
        const parts = item.take.replace(/\.npz$/, ".parts");
        const common = ["--progress", "none"].concat(item.options);
        const kept = item.clips.length > 1 ? common : ["--parts", parts].concat(common);
        const estimate = taskOf(settings, `motion ${name}`,
            ["estimate"].concat(item.clips, ["-o", item.take, "--if-changed"], kept));
        for (const [first, last] of stretchesOf(item.frames, item.stretch)) {
            const look = taskOf(settings, `look ${name} ${first}-${last}`,
                ["observe", item.clips[0], "--stretch", `${first}`, `${last}`].concat(kept));
            estimate.addDependency(look);
            job.addTask(look);
        }
        job.addTask(estimate);
    }
}

// The items of a job whose settings somebody typed.
function typedItems(settings) {
    const clips = clipsIn(settings.clips || "");
    const names = namesOf(clips);
    const options = optionsIn(settings.options || "");
    return clips.map((clip, k) => ({
        clips: [clip.path],
        take: joined(settings.output, `${names[k]}.take.npz`),
        frames: clip.frames,
        stretch: settings.stretch,
        options: options,
    }));
}

function taskOf(settings, name, args) {
    const task = author.Task(name, TASK_TYPE);
    task.addCommand(author.Command("exec", { exe: settings.command || "limn", args: args }));
    return task;
}

function clipsIn(text) {
    const clips = [];
    for (const entry of text.split(/[;\n]/)) {
        const told = /^(.*?)(?:\|(\d+))?$/.exec(entry.trim());
        if (told[1]) {
            clips.push({ path: told[1], frames: Number(told[2] || 0) });
        }
    }
    if (!clips.length) {
        throw new Error("There is no clip to run.");
    }
    return clips;
}

// As many stretches as limn batch makes: a power of two, which workers share evenly.
function stretchesOf(frames, most) {
    if (!(most > 0) || frames <= most) {
        return [];
    }
    let parts = 1;
    while (parts * most < frames && parts < 64) {
        parts *= 2;
    }
    const edges = [];
    for (let k = 0; k <= parts; k++) {
        edges.push(Math.floor(frames * k / parts));
    }
    return edges.slice(0, -1).map((first, k) => [first, edges[k + 1] - 1]);
}

// Takes are called as their clips, with the suffix where two clips have one name.
function namesOf(clips) {
    const files = clips.map((clip) => clip.path.split(/[\\/]/).pop());
    const stems = files.map((file) => file.replace(/(?!^)\.[^.]*$/, ""));
    const names = files.map((file, k) =>
        stems.filter((stem) => stem === stems[k]).length > 1 ? file : stems[k]);
    for (const name of names) {
        if (names.filter((other) => other === name).length > 1) {
            throw new Error(`Two clips are named ${name}; give them separate jobs.`);
        }
    }
    return names;
}

function optionsIn(text) {
    const words = text.trim();
    return words.startsWith("[") ? JSON.parse(words) : words.split(/\s+/).filter((one) => one);
}

function joined(folder, name) {
    const between = folder.includes("\\") && !folder.includes("/") ? "\\" : "/";
    return folder.replace(/[\\/]+$/, "") + between + name;
}
