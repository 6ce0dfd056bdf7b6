/// The mutants.
const MUTANTS: &[Mutant] = &[];
