export { foreignText } from "../world/foreign-text.ts";
