import { expect, test } from "vitest";
import { parse } from "yaml";
import { loadSite } from "../../../config/load-site.ts";
import { renderDeployPipeline } from "../../../constructs/woodpecker/deploy-pipeline.ts";

interface Step {
	readonly name: string;
	readonly image: string;
	readonly settings?: { readonly tags: readonly unknown[] };
	readonly commands?: readonly string[];
}

const site = await loadSite("home");
const target = {
	owner: "alice",
	namespace: "alice",
	deployment: "web",
	container: "app",
	image: "docker.io/alice/web",
};
const pipeline = renderDeployPipeline(site, target);
const steps = (parse(pipeline) as { steps: readonly Step[] }).steps;

test("no shell code has a variable in braces, which the server would replace", () => {
	expect(steps.flatMap(({ commands = [] }) => commands).join("\n")).not.toContain("${");
});

test("a commit that looks like a number stays the name of a tag", () => {
	const filledIn = pipeline
		.replace("${CI_COMMIT_SHA:0:8}", "0012e345")
		.replace("${CI_PIPELINE_NUMBER}", "17");
	const [build] = (parse(filledIn) as { steps: readonly Step[] }).steps;
	expect(build?.settings?.tags).toEqual(["0012e345", "17"]);
});

test("it is built by a plugin that may run privileged, in exactly that version", () => {
	expect(steps[0]?.image).toBe("docker.io/woodpeckerci/plugin-docker-buildx:6.1.0");
});

test("a site without privileged plugins leaves the building to another pipeline", () => {
	const { woodpecker } = site;
	const unprivileged = { ...woodpecker, images: { ...woodpecker.images, privileged: [] } };
	const { steps } = parse(renderDeployPipeline({ ...site, woodpecker: unprivileged }, target)) as {
		steps: readonly Step[];
	};
	expect(steps.map(({ name }) => name)).toEqual(["ask-for-token", "deploy"]);
});

test.for<[what: string, value: string]>([
	["owner", "a b"],
	["namespace", "a;reboot"],
	["deployment", "$(reboot)"],
	["container", "web app"],
	["image", "docker.io/alice/web:1.0.0"],
	["image", "web"],
])("a %s such as %s is refused", ([what, value]) => {
	expect(() => renderDeployPipeline(site, { ...target, [what]: value })).toThrow(
		`${what} "${value}": expected`,
	);
});
