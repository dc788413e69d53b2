"""Search for crystals of six carbon atoms, and write them as they are found.

python 05_search.py MODEL      (a model that knows carbon)
"""

import sys

import ase.io

import librm

model = librm.Model.load(sys.argv[1])


def found(candidate: librm.Candidate) -> bool:
    """Called for every candidate as it finishes; something true would stop the search."""
    print(f"candidate {candidate.index}: {candidate.state} after {candidate.steps} steps")
    if candidate.kept:
        ase.io.write("found.extxyz", candidate.structure.to_ase(), append=True)
    return False


result = model.search("C", "diamond", units=6, count=10, seed=1, threads=2, on_candidate=found)
print(result.summary)
for rank, candidate in enumerate(result.ranked()[:5], 1):
    volume = candidate.volume / len(candidate.structure)
    print(f"{rank}. candidate {candidate.index}: E = {candidate.energy_per_atom:.5f} A^2, {volume:.2f} A^3 per atom")
