const fileList = element.querySelector('.files');

function drawFiles() {
  for (const link of fileList.querySelectorAll('a')) URL.revokeObjectURL(link.href);
  fileList.replaceChildren(...(props.value?.files ?? []).map((file) => {
    const bytes = Uint8Array.from(atob(file.data), (char) => char.charCodeAt(0));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([bytes], { type: file.type }));
    link.download = file.name;
    link.textContent = `${file.name} (${(bytes.length / 1024).toFixed(1)} KiB)`;
    const line = document.createElement('li');
    line.append(link);
    return line;
  }));
}

watch('value', drawFiles);
drawFiles();
