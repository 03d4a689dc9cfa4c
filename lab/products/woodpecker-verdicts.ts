import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { loadSite } from "../../config/load-site.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { infrastructureBackend } from "../../constructs/woodpecker/agent-environment.ts";
import { stampedLabels, stampedValue } from "../../constructs/woodpecker/stamped-labels.ts";
import { interruption } from "../../terminal/interruption.ts";
import type { AnswerByName } from "../forge/ask-json.ts";
import { askForge } from "../forge/gitea.ts";
import { askCi } from "../forge/woodpecker.ts";
import { askApi } from "../kubernetes-api.ts";
import type { Lab } from "../lab-state.ts";
import { busyboxImage } from "../node/node-images.ts";
import type { Verdict } from "../verdict.ts";
import type { LabForge } from "./gitea.ts";
import type { LabCi } from "./woodpecker.ts";

/** Name of the step, and of its workflow, with which the CI server is tried. */
const step = "lab-verify";

/** How long a pod may take, in milliseconds. */
const patience = 90_000;

interface Look {
	readonly lab: Lab;
	readonly site: Site;
	readonly forge: LabForge;
	readonly ci: LabCi;
}

/** What is to be seen of the CI server: its agent, and once the stack is applied a pipeline of the repository. */
export async function woodpeckerVerdicts(lab: Lab, forge: LabForge, ci: LabCi): Promise<readonly Verdict[]> {
	const site = await loadSite(lab.site);
	const { namespace, only } = infrastructureBackend(site);
	const verdicts = [
		{
			claim: "the agent of the infrastructure's pipelines is at work",
			problem: await problemOf(async () => {
				const agents: readonly { readonly last_contact: number }[] = await askCi(ci, "GET", "/agents");
				const recent = Date.now() / 1000 - 60;
				return agents.some((agent) => agent.last_contact > recent) ? "" : "none was heard of for a minute";
			}),
		},
	];
	if ((await askApi(lab, "GET", `/api/v1/namespaces/${namespace}`)).status === 404) return verdicts;
	const problem = await problemOf(() => ranAsPod({ lab, site, forge, ci }));
	return [
		...verdicts,
		{ claim: `a push to ${only.branch} of ${only.repository} runs as a pod in ${namespace}`, problem },
	];
}

/** What a look finds, or why it could not be taken. @throws Interrupted */
async function problemOf(look: () => Promise<string>): Promise<string> {
	try {
		return await look();
	} catch (error) {
		interruption.throwIfAborted();
		return (error as Error).message;
	}
}

interface Pod {
	readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
	readonly spec: { readonly serviceAccountName?: string };
}

/** Pushes a workflow, and looks at what comes of it. @returns what is wrong with that */
async function ranAsPod(look: Look): Promise<string> {
	const { lab, site, ci } = look;
	const { namespace, only } = infrastructureBackend(site);
	const word = randomBytes(8).toString("hex");
	const commit = await push(look, word);
	const pods = async (): Promise<readonly Pod[]> => {
		const query = `labelSelector=${encodeURIComponent(`${stampedLabels.step}=${step}`)}`;
		const { body } = await askApi(lab, "GET", `/api/v1/namespaces/${namespace}/pods?${query}`);
		return JSON.parse(body).items;
	};
	const path = `/repos/${ci.repository}/pipelines`;
	const found = await within("a pipeline of the commit", async () =>
		(await askCi(ci, "GET", `${path}?perPage=50`)).find((one: AnswerByName) => one.commit === commit),
	);
	const at = `${path}/${found.number}`;
	try {
		const pod = await within("a pod of the step", async () => {
			const { status, workflows } = await askCi(ci, "GET", at);
			if (status === "failure" || status === "error")
				throw new VisibleError(`the pipeline has ended as ${status}: ${reasons(workflows)}`);
			return (await pods())[0];
		});
		const wanted = {
			[stampedLabels.event]: "push",
			[stampedLabels.branch]: stampedValue(only.branch),
			[stampedLabels.repository]: stampedValue(only.repository),
		};
		const wrong = Object.entries(wanted).filter(([label, value]) => pod.metadata.labels?.[label] !== value);
		if (wrong.length > 0) return `the pod lacks ${wrong.map((pair) => pair.join("=")).join(", ")}`;
		if (lab.nodes.names.length === 0) return "";
		// There its container has run.
		const { status } = await within("the end of the pipeline", async () => {
			const now = await askCi(ci, "GET", at);
			return ["pending", "running", "created"].includes(now.status) ? undefined : now;
		});
		return status === "success" ? "" : `the pipeline has ended as ${status}`;
	} finally {
		await askCi(ci, "POST", `${at}/cancel`).catch(() => {});
		// Else it would not be ready.
		await within("the end of the pod", async () => (await pods()).length === 0 || undefined).catch(() => {});
	}
}

const reasons = (workflows: readonly { readonly error?: string }[] = []) =>
	workflows.flatMap(({ error }) => error ?? []).join(", ");

/** Commits the workflow, which says a word. @returns the commit */
async function push({ site, forge }: Look, word: string): Promise<string> {
	const { infrastructureRepository, infrastructureBranch: branch } = site.woodpecker;
	const path = `/repos/${infrastructureRepository}/contents/.woodpecker/${step}.yaml`;
	const before = await askForge(forge, "GET", path).catch(() => undefined);
	const workflow = {
		skip_clone: true,
		when: [{ event: "push", branch }],
		labels: { tier: "infra" },
		steps: [{ name: step, image: busyboxImage, commands: [`echo ${word}`] }],
	};
	const { commit } = await askForge(forge, before === undefined ? "POST" : "PUT", path, {
		branch,
		content: Buffer.from(stringify(workflow)).toString("base64"),
		message: "A look at the pipelines of the lab",
		...(before === undefined ? {} : { sha: before.sha }),
	});
	return commit.sha;
}

/** Repeats a question until it has an answer. @throws VisibleError when the time is over */
async function within<T>(what: string, question: () => Promise<T | undefined>): Promise<T> {
	const end = performance.now() + patience;
	for (;;) {
		interruption.throwIfAborted();
		const answer = await question();
		if (answer !== undefined) return answer;
		if (performance.now() > end) throw new VisibleError(`${what} has not come after ${patience / 1000} s`);
		await sleep(200);
	}
}
