import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { woodpeckerDefaults } from "../../../config/sites/woodpecker-defaults.ts";

const text = (path: string) => readFileSync(join(projectRoot, path), "utf8");
/** Version of an image that the pipelines' own image is made from. */
const from = (image: string) =>
	new RegExp(`^FROM \\S*/${image}:v?([\\d.]+)`, "m").exec(text(".ci/image/Dockerfile"))?.[1];

test("the image of the pipelines has the Node.js that the project installs", () => {
	expect(from("node")).toBe(JSON.parse(text("package.json")).dependencies.node);
});

test("the image of the pipelines has the kubectl of the jobs", () => {
	expect(woodpeckerDefaults.images.kubectl.split(":")).toEqual([expect.any(String), from("kubectl")]);
});

test("the image of the pipelines has the SOPS that states are tried with", () => {
	expect(text("tools/sops/go.mod")).toContain(`github.com/getsops/sops/v3 v${from("sops")}\n`);
});
