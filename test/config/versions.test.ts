import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Images with a version, as they stand in code and documentation. */
const images = /[a-z0-9.-]+\.[a-z]+(?:\/[a-z0-9._-]+)+:v?\d[\w.-]*/g;

test("an image with its version stands in one place of the sites", () => {
	const folder = new URL("../../config/sites/", import.meta.url);
	const places = new Map<string, string[]>();
	for (const file of readdirSync(folder))
		for (const [image] of readFileSync(new URL(file, folder), "utf8").matchAll(images))
			places.set(image, [...(places.get(image) ?? []), file]);
	expect(places.size).toBeGreaterThan(5);
	expect([...places].filter(([, files]) => files.length > 1)).toEqual([]);
});
