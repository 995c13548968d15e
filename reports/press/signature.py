"""PAdES: a field that waits for a signature, drawn with the pages; and the signature in it, appended to the file.

The file as it was drawn is a prefix of the signed one, byte for byte: what is appended cannot be the same twice.
"""

import base64
import json
from pathlib import Path

import pikepdf
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from pikepdf import Array, Dictionary, Name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Signature"
_PRINTED_AND_LOCKED = 4 | 128  # PDF/A wants every annotation printed; this one has no size to be seen
_SIGNED_AND_APPENDED = 3


def add_field(pdf: pikepdf.Pdf, description: str, *, tagged: bool) -> None:
    """An empty field of no size on the first page; within the structure where there is one, as PDF/UA wants it."""
    page = pdf.pages[0].obj
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=FIELD, TU=description,
            F=_PRINTED_AND_LOCKED, Rect=Array([0, 0, 0, 0]), P=page,
        )
    )  # fmt: skip
    page.Annots = Array([*page.get("/Annots", []), field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=_SIGNED_AND_APPENDED)
    if tagged:
        page.Tabs = Name.S
        _in_the_structure(pdf, field, description)


def _in_the_structure(pdf: pikepdf.Pdf, field: pikepdf.Object, description: str) -> None:
    root = pdf.Root.StructTreeRoot
    parents = pikepdf.NumberTree(root.ParentTree)
    key = max(parents.keys(), default=-1) + 1
    above = root.K[0] if isinstance(root.K, Array) else root.K
    place = Dictionary(Type=Name.OBJR, Obj=field, Pg=pdf.pages[0].obj)
    element = pdf.make_indirect(
        Dictionary(Type=Name.StructElem, S=Name.Form, P=above, K=place, Pg=pdf.pages[0].obj, Alt=description)
    )
    within = above.get("/K", Array())
    above.K = Array([*(within if isinstance(within, Array) else [within]), element])
    field.StructParent = key
    parents[key] = element
    root.ParentTreeNextKey = key + 1


class _Appending(IncrementalPdfFileWriter):
    def _update_meta(self) -> None:
        """The dates stay those of the report, and the claims (PDF/A, PDF/UA) as they were written."""


def sign(path: str, secret: str, reason: str) -> None:
    """Appends the signature to the file. `secret`: as `organisations.gateways.certificates.Identity` has it."""
    given = json.loads(secret)
    own, *chain = (Certificate.load(base64.b64decode(text)) for text in (given["certificate"], *given["chain"]))
    key = PrivateKeyInfo.load(base64.b64decode(given["key"]))
    known = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # it has no hints
    known.register_multiple(chain)
    signer = SimpleSigner(own, key, known)
    facts = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason,
        certify=True, docmdp_permissions=MDPPerm.NO_CHANGES, signer_key_usage=set(),
    )  # fmt: skip
    with Path(path).open("r+b") as file:
        PdfSigner(facts, signer).sign_pdf(_Appending(file), existing_fields_only=True, in_place=True)
