import { beforeEach } from "vitest";
import { type ImageRoot, imageRoot, waysToRoot } from "../../../lab/image-root.ts";

/** Makes every test of a file skip, with one line, unless the root of an image can be had. @returns it, for what runs before */
export async function needsRoot(image: string): Promise<ImageRoot | undefined> {
	const root = await imageRoot(image);
	beforeEach(({ skip }) => skip(root === undefined, `no root of ${image}: ${waysToRoot(image)} enables it`));
	return root;
}
