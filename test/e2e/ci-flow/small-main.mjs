// What `main.ts` of a small repository does: it writes the documents of its stacks, as the project's own does.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const read = (file) => JSON.parse(readFileSync(file, "utf8"));
for (const stack of ["storage", "redis"]) {
	const document = read(`frame/${stack}.json`);
	const blocks = {};
	for (const [name, values] of Object.entries(read(`world/${stack}.json`)))
		blocks[name] = { "//": { metadata: { path: `${stack}/${name}`, uniqueId: name } }, ...values };
	document.resource = { terraform_data: blocks };
	Object.assign(document, read("world/blocks.json")[stack]);
	const folder = `${process.env.CDKTF_OUTDIR}/stacks/${stack}`;
	mkdirSync(folder, { recursive: true });
	writeFileSync(`${folder}/cdk.tf.json`, JSON.stringify(document));
}
