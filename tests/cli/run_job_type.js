// Compiles a Flamenco job as its manager does: with the globals it gives to job types.
// node run_job_type.js JOB_TYPE.js < job.json > tasks.json
const fs = require("fs");
const vm = require("vm");

class Task {
    constructor(name, type) {
        this.name = name;
        this.type = type;
        this.commands = [];
        this.dependencies = [];
    }
    addCommand(command) {
        this.commands.push(command);
    }
    addDependency(task) {
        this.dependencies.push(task);
    }
}

const job = JSON.parse(fs.readFileSync(0, "utf-8"));
const tasks = [];
job.addTask = (task) => tasks.push(task);
const author = {
    Task: (name, type) => new Task(name, type),
    Command: (name, parameters) => ({ name: name, parameters: parameters }),
};
const context = vm.createContext({ author: author, print: () => {} });
vm.runInContext(fs.readFileSync(process.argv[2], "utf-8"), context);
const type = vm.runInContext("JOB_TYPE", context);
for (const setting of type.settings) {
    if (job.settings[setting.key] === undefined && setting.default !== undefined) {
        job.settings[setting.key] = setting.default;
    }
    if (job.settings[setting.key] === undefined && setting.required) {
        throw new Error(`The job lacks ${setting.key}.`);
    }
}
for (const key of Object.keys(job.settings)) {
    if (!type.settings.some((setting) => setting.key === key)) {
        throw new Error(`The job type has no setting ${key}.`);
    }
}
context.job = job;
vm.runInContext("compileJob(job)", context);
console.log(JSON.stringify({
    type: type,
    tasks: tasks.map((task) => ({
        name: task.name,
        type: task.type,
        commands: task.commands,
        after: task.dependencies.map((other) => tasks.indexOf(other)),
    })),
}));
