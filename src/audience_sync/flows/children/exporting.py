"""The child that writes a segment's file."""

from audience_sync.flows.children.line import Work, serve
from audience_sync.flows.exporting.writing import ExportJob, write_export

WORK: dict[str, Work] = {"ExportJob": (ExportJob, write_export)}

if __name__ == "__main__":
    serve(WORK, without=("pandas",))
