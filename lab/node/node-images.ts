import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../clients/host/run.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { type ImageConfig, imageCache, imageFound, imageRoot } from "../image-root.ts";
import { imageLayout } from "./image-layout.ts";

/** An image that is made of packages of this Debian where its own files are not here. */
interface Recipe {
	/** Name of the image, without its tag. */
	readonly repository: string;
	readonly packages: readonly string[];
	readonly config: ImageConfig;
}

/** What the shell of an image of Alpine has, in the packages of Debian. */
const shell = ["busybox", "libc-bin"];
const Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

const recipes: readonly Recipe[] = [
	{
		repository: "docker.io/library/redis",
		packages: ["redis-server", "redis-tools", "redis-sentinel", ...shell],
		config: { Env, Cmd: ["redis-server"] },
	},
	{
		repository: "docker.io/library/haproxy",
		packages: ["haproxy", ...shell],
		config: { Env, Cmd: ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"] },
	},
];

/** Image of a shell with the usual tools, for pods of the lab's user. */
export const busyboxImage = "infra.lab/busybox:1";
/** Image of what holds the network of a pod: it does nothing. */
export const pauseImage = "infra.lab/pause:1";

const busybox = (name: string, Cmd: readonly string[]): Recipe => ({
	repository: name.slice(0, name.lastIndexOf(":")),
	packages: shell,
	config: { Env, Cmd },
});

/** An image of the nodes. */
export interface NodeImage {
	readonly image: string;
	/** What its files are: its own, or those of packages. */
	readonly source: string;
	/** Folder of its OCI layout. */
	readonly layout: string;
}

/** Every image that containers of a site are started from. */
export function imagesOf(site: Site): readonly string[] {
	const found = new Set<string>();
	const look = (value: unknown, key: string): void => {
		if (typeof value === "string") {
			if (key === "image" && /^[a-z0-9.-]+\.[a-z]+\/[^\s:]+:[^\s:]+$/.test(value)) found.add(value);
		} else if (typeof value === "object" && value !== null)
			for (const [name, inner] of Object.entries(value)) look(inner, key === "images" ? "image" : name);
	};
	look(site, "");
	return [...found].sort();
}

/** Images of a site that can be had on this machine without a download, and those of the lab. */
export async function nodeImages(site: Site): Promise<readonly NodeImage[]> {
	const layouts = join(imageCache, "layouts");
	const images: NodeImage[] = [
		await made(layouts, pauseImage, busybox(pauseImage, ["tail", "-f", "/dev/null"])),
		await made(layouts, busyboxImage, busybox(busyboxImage, ["sh"])),
	];
	for (const image of imagesOf(site)) {
		const root = (await imageFound(image)) ? await imageRoot(image) : undefined;
		if (root !== undefined) {
			const edition = String(Math.round(statSync(join(dirname(root.folder), "config.json")).mtimeMs));
			images.push({
				image,
				source: "its own files",
				layout: await imageLayout(layouts, image, edition, async () => root),
			});
			continue;
		}
		const recipe = recipes.find(({ repository }) => image.startsWith(`${repository}:`));
		if (recipe !== undefined) images.push(await made(layouts, image, recipe));
	}
	return images;
}

/** Makes an image of packages, once for each of their versions. */
async function made(layouts: string, image: string, { packages, config }: Recipe): Promise<NodeImage> {
	const format = "$" + "{Package} $" + "{Version}\n";
	const { code, stdout, stderr } = await run("dpkg-query", ["--show", "--showformat", format, ...packages], {
		env: process.env,
	});
	if (code !== 0)
		throw new VisibleError(`${image} is made of packages that are not all here:\n${stderr.trimEnd()}`);
	const [main = ""] = packages;
	const version =
		stdout
			.split("\n")
			.find((line) => line.startsWith(`${main} `))
			?.split(" ")[1] ?? "";
	const edition = createHash("sha256")
		.update(JSON.stringify([stdout, config]))
		.digest("hex")
		.slice(0, 12);
	const scratch = mkdtempSync(join(tmpdir(), `infra-${process.pid}-root-`));
	try {
		const folder = join(scratch, "root");
		const root = async () => {
			const script = fileURLToPath(new URL("./debian-root.sh", import.meta.url));
			const result = await run(script, [folder, ...packages], { env: process.env });
			if (result.code !== 0) throw new VisibleError(`${image} cannot be made:\n${result.stderr.trimEnd()}`);
			return { image, folder, config };
		};
		const layout = await imageLayout(layouts, image, edition, root);
		return { image, source: `Debian's ${main} ${version}`, layout };
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}
