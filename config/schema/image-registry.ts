import { hostName, image, label, port } from "./primitives.ts";
import { word } from "./texts.ts";
import { z } from "./zod.ts";

const cache = z.strictObject({
	registry: hostName.describe("Registry as it stands in image names, such as docker.io"),
	remote: z.url({ protocol: /^https$/, error: "expected a URL that begins with https://" }),
	port: port.describe("Where nodes ask the cache"),
});

/** The machine that serves images to the cluster: caches of public registries, and a private registry. */
export const imageRegistry = z
	.strictObject({
		host: word.describe("Key of the host in `network.hosts`"),
		images: z.strictObject({ registry: image, nginx: image, ui: image }),
		caches: z.record(label, cache).describe("Pull-through caches; nodes fall back to the registry itself"),
		private: z.strictObject({
			name: hostName.describe("Name that image references use"),
			port,
		}),
		uiPort: port,
	})
	.superRefine(({ caches, private: { port }, uiPort }, context) => {
		const owners = new Map([
			[port, "private"],
			[uiPort, "uiPort"],
		]);
		if (port === uiPort)
			context.addIssue({
				code: "custom",
				path: ["uiPort"],
				message: `port ${port} already belongs to private`,
			});
		for (const [name, { port }] of Object.entries(caches)) {
			const owner = owners.get(port);
			if (owner === undefined) owners.set(port, name);
			else
				context.addIssue({
					code: "custom",
					path: ["caches", name, "port"],
					message: `port ${port} already belongs to ${owner}`,
				});
		}
	});
