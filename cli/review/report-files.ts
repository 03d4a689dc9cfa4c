import { documentOfReview, reviewSchema } from "../../review/report/document.ts";
import { renderHtml } from "../../review/report/html.ts";
import { renderJunit } from "../../review/report/junit.ts";
import { renderMarkdown } from "../../review/report/markdown.ts";
import type { Review } from "../../review/report/review.ts";
import { renderSarif } from "../../review/report/sarif.ts";

/** A review in every form, by name of the file. */
export function reportFiles(review: Review): Readonly<Record<string, string>> {
	const json = (value: object) => `${JSON.stringify(value, null, "\t")}\n`;
	return {
		"review.md": renderMarkdown(review),
		"review.html": renderHtml(review),
		"review.json": json(documentOfReview(review)),
		"review.schema.json": json(reviewSchema()),
		"review.sarif": json(renderSarif(review)),
		"review.junit.xml": renderJunit(review),
	};
}
