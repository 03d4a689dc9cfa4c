import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Site } from "../../config/schema/site.ts";
import { imageCache, imageFound, imageRoot } from "../image-root.ts";
import { imageLayout } from "./image-layout.ts";
import { Env, packageRoot, type Recipe, recipeOf, shell } from "./package-root.ts";

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
		const recipe = recipeOf(image);
		if (recipe !== undefined) images.push(await made(layouts, image, recipe));
	}
	return images;
}

/** Makes an image of packages, once for each of their versions. */
async function made(layouts: string, image: string, recipe: Recipe): Promise<NodeImage> {
	const { edition, source, open } = await packageRoot(image, recipe);
	return { image, source, layout: await imageLayout(layouts, image, edition, open) };
}
