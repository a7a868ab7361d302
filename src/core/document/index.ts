// Documents that people write: reads JSON text exactly, and finds where something is in a text.

export {
  DocumentError,
  type DocumentPath,
  type DocumentPlace,
  type Position,
  Positions,
} from "./document-error.ts";
export { allSteps, parseJson, parseJsonSteps } from "./json.ts";
export { JsonPlaces } from "./json-places.ts";
