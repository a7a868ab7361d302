// Names of Web types that the declarations of aws4fetch use and that Bun does not declare globally.

type HeadersInit = ConstructorParameters<typeof Headers>[0];
type BodyInit = ConstructorParameters<typeof Response>[0];
