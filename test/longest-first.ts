import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Files that take two minutes or more, in that order: one that started last would run alone at the end. */
const longest = [
	"test/e2e/bootstrap/bootstrap.test.ts",
	"test/e2e/node/stacks.test.ts",
	"test/e2e/redis/start-order.test.ts",
	"test/e2e/control-plane/lab.test.ts",
	"test/e2e/settings/settings.test.ts",
	"test/e2e/image/mail/mail.test.ts",
	"test/e2e/image/mail/second-site.test.ts",
	"test/e2e/storage/backup-offsite-loss.test.ts",
	"test/e2e/storage/backup-offsite.test.ts",
];

/** Starts the files that take longest before the others of their group; on a clean checkout no run has timed them. */
export default class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const missing = longest.filter((path) => !existsSync(join(this.ctx.config.root, path)));
		if (missing.length > 0) throw new Error(`no such test: ${missing.join(", ")}`);
		const place = ({ project, moduleId }: TestSpecification) => {
			const index = longest.indexOf(relative(this.ctx.config.root, moduleId));
			return [project.config.sequence.groupOrder, index === -1 ? longest.length : index] as const;
		};
		const sorted = await super.sort(files);
		return sorted.sort((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1]);
	}
}
