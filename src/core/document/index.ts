// Documents that people write: JSON as text, read exactly, and where in a text something stands.

export {
  DocumentError,
  type DocumentPath,
  type DocumentPlace,
  type Position,
  Positions,
} from "./document-error.ts";
export { allSteps, parseJson, parseJsonSteps } from "./json.ts";
export { JsonPlaces } from "./json-places.ts";
